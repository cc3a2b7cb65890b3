#include "match.h"

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

/* Take away the characters of ASCII that both begin with: many ids have much in common, and letters take longer. */
static void skip_common(struct json_str *text, struct json_str *word)
{
    while (text->len > 0 && word->len > 0 && *text->s == *word->s && (unsigned char)*text->s < 0x80) {
        text->s++;
        text->len--;
        word->s++;
        word->len--;
    }
}

/* Whether ${text} begins with ${word}, whatever the case; ${*rest} is what is behind it. */
static bool begins(struct json_str text, struct json_str word, struct json_str *rest)
{
    skip_common(&text, &word);
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

bool match_is(const struct c1zread_ref *ref, enum match_way way, struct json_str word)
{
    static compare *const ways[] = {is_same, is_same, is_called, has_part};
    compare *is = ways[way];
    size_t type = ref->type.len;

    if (way != MATCH_WHOLE && is(ref->id, word))
        return true;
    return word.len > type && word.s[type] == ':' && is(ref->type, (struct json_str){word.s, type}) &&
           is(ref->id, (struct json_str){word.s + type + 1, word.len - type - 1});
}

static void by_ids(struct match *m, const struct c1znames *names, enum match_way way, struct json_str word)
{
    for (size_t i = 0; i < names->n_resources; i++)
        if (match_is(&names->resources[i].ref, way, word))
            keep(m, &names->resources[i]);
}

static void by_missing_ids(struct match *m, const struct missing *missing, enum match_way way, struct json_str word)
{
    for (size_t i = 0; i < missing->n; i++)
        if (match_is(&missing->resources[i]->ref, way, word))
            keep(m, missing->resources[i]);
}

void match_whole(struct match *m, const struct c1znames *names, struct json_str word)
{
    *m = (struct match){0};
    by_ids(m, names, MATCH_WHOLE, word);
}

void match_find(struct match *m, const struct c1znames *names, const struct people *people,
    const struct missing *missing, struct json_str word)
{
    *m = (struct match){0};
    by_missing_ids(m, missing, MATCH_WHOLE, word);
    if (m->n > 0)
        return;
    by_ids(m, names, MATCH_SAME, word);
    if (m->n == 0)
        by_names(m, names, people, word, is_called);
    by_missing_ids(m, missing, MATCH_SAME, word);
    if (m->n == 0) {
        by_ids(m, names, MATCH_CALLED, word);
        by_missing_ids(m, missing, MATCH_CALLED, word);
    }
    if (m->n == 0)
        by_names(m, names, people, word, has_part);
    if (m->n == 0)
        by_ids(m, names, MATCH_PART, word);
}

void match_missing(struct match *m, const struct missing *missing, struct json_str word)
{
    *m = (struct match){0};
    by_missing_ids(m, missing, MATCH_PART, word);
}
