#include "match.h"

#include <string.h>
#include <strings.h>

/* How a word and a text are compared. */
typedef bool compare(struct json_str text, const char *word, size_t len);

static bool is_id(struct json_str text, const char *word, size_t len)
{
    return text.len == len && memcmp(text.s, word, len) == 0;
}

static bool is_name(struct json_str text, const char *word, size_t len)
{
    return text.len == len && strncasecmp(text.s, word, len) == 0;
}

static bool has_word(struct json_str text, const char *word, size_t len)
{
    for (size_t i = 0; len > 0 && i + len <= text.len; i++)
        if (strncasecmp(text.s + i, word, len) == 0)
            return true;
    return false;
}

static void keep(struct match *m, const struct c1znames_resource *resource)
{
    if (m->n < MATCH_KEPT)
        m->found[m->n] = resource;
    m->n++;
}

static bool person_is(const struct person *person, const char *word, size_t len, compare *is)
{
    return person != NULL &&
           (is(person->email, word, len) || is(person->login, word, len) || is(person->name, word, len));
}

static void by_names(
    struct match *m, const struct c1znames *names, const struct people *people, const char *word, compare *is)
{
    size_t len = strlen(word);

    for (size_t i = 0; i < names->n_resources; i++) {
        const struct c1znames_resource *r = &names->resources[i];

        if (is(r->name, word, len) || person_is(people_find(people, r), word, len, is))
            keep(m, r);
    }
}

/* By id, and by type and id with a colon between. */
static bool has_id(const struct c1zread_ref *ref, const char *word)
{
    size_t type = ref->type.len, len = strlen(word);

    return is_id(ref->id, word, len) || (len > type && word[type] == ':' && is_id(ref->type, word, type) &&
                                            is_id(ref->id, word + type + 1, len - type - 1));
}

static void by_ids(struct match *m, const struct c1znames *names, const char *word)
{
    for (size_t i = 0; i < names->n_resources; i++)
        if (has_id(&names->resources[i].ref, word))
            keep(m, &names->resources[i]);
}

void match_missing(struct match *m, const struct c1znames_resource *const *resources, size_t n, const char *word)
{
    *m = (struct match){0};
    for (size_t i = 0; i < n; i++)
        if (has_id(&resources[i]->ref, word))
            keep(m, resources[i]);
}

void match_find(struct match *m, const struct c1znames *names, const struct people *people, const char *word)
{
    *m = (struct match){0};
    by_ids(m, names, word);
    if (m->n == 0)
        by_names(m, names, people, word, is_name);
    if (m->n == 0)
        by_names(m, names, people, word, has_word);
}
