#include "match.h"

#include <string.h>

#include "bytes.h"
#include "text.h"

/* How a text and a word are compared. */
typedef bool compare(struct json_str text, struct json_str word);

/* The first character of ${text}, as a small letter; a byte that is no UTF-8 is a character of its own. */
static uint32_t take_letter(struct json_str *text)
{
    uint32_t c;
    size_t n = text_decode(text->s, text->len, &c);

    if (n == 0)
        c = UINT32_MAX - (unsigned char)*text->s;
    text->s += n > 0 ? n : 1;
    text->len -= n > 0 ? n : 1;
    return n > 0 ? text_fold(c) : c;
}

/* Whether ${text} begins with ${word}, whatever the case; ${*rest} is what is behind it. */
static bool begins(struct json_str text, struct json_str word, struct json_str *rest)
{
    while (word.len > 0)
        if (text.len == 0 || take_letter(&text) != take_letter(&word))
            return false;
    *rest = text;
    return true;
}

static bool is_same(struct json_str text, struct json_str word)
{
    return bytes_equal(text.s, text.len, word.s, word.len);
}

static bool is_called(struct json_str text, struct json_str word)
{
    struct json_str rest;

    return begins(text, word, &rest) && rest.len == 0;
}

static bool has_part(struct json_str text, struct json_str word)
{
    struct json_str rest;

    for (; word.len > 0 && text.len > 0; take_letter(&text))
        if (begins(text, word, &rest))
            return true;
    return false;
}

static void keep(struct match *m, const struct c1znames_resource *resource)
{
    if (m->n < MATCH_KEPT)
        m->found[m->n] = resource;
    m->n++;
}

static bool person_is(const struct person *person, struct json_str word, compare *is)
{
    return person != NULL && (is(person->email, word) || is(person->login, word) || is(person->name, word));
}

static void by_names(
    struct match *m, const struct c1znames *names, const struct people *people, struct json_str word, compare *is)
{
    for (size_t i = 0; i < names->n_resources; i++) {
        const struct c1znames_resource *r = &names->resources[i];

        if (is(r->name, word) || person_is(people_find(people, r), word, is))
            keep(m, r);
    }
}

/* By id, and by type and id with a colon between. */
static bool has_id(const struct c1zread_ref *ref, struct json_str word, compare *is)
{
    size_t type = ref->type.len;

    if (is(ref->id, word))
        return true;
    return word.len > type && word.s[type] == ':' && is(ref->type, (struct json_str){word.s, type}) &&
           is(ref->id, (struct json_str){word.s + type + 1, word.len - type - 1});
}

static void by_ids(struct match *m, const struct c1znames *names, struct json_str word, compare *is)
{
    for (size_t i = 0; i < names->n_resources; i++)
        if (has_id(&names->resources[i].ref, word, is))
            keep(m, &names->resources[i]);
}

void match_find(struct match *m, const struct c1znames *names, const struct people *people, const char *text)
{
    const struct json_str word = {text, strlen(text)};

    *m = (struct match){0};
    by_ids(m, names, word, is_same);
    if (m->n == 0)
        by_names(m, names, people, word, is_called);
    if (m->n == 0)
        by_ids(m, names, word, is_called);
    if (m->n == 0)
        by_names(m, names, people, word, has_part);
    if (m->n == 0)
        by_ids(m, names, word, has_part);
}

void match_missing(struct match *m, const struct c1znames_resource *const *resources, size_t n, const char *text)
{
    static compare *const ways[] = {is_same, is_called, has_part};
    const struct json_str word = {text, strlen(text)};

    *m = (struct match){0};
    for (size_t way = 0; m->n == 0 && way < sizeof(ways) / sizeof(ways[0]); way++)
        for (size_t i = 0; i < n; i++)
            if (has_id(&resources[i]->ref, word, ways[way]))
                keep(m, resources[i]);
}
