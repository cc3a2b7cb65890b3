/*
 * Of libjq: jv_copy adds an owner to a value and jv_free takes one away; neither changes it.
 */
#include "jqobjects.h"

#include <stdlib.h>
#include <string.h>

/* The bytes that the hash is made of: an id is among them.  Shorter texts are not worth it. */
#define HASHED 64

void jqobjects_init(struct jqobjects *o)
{
    o->kept = calloc(JQOBJECTS_KEPT, sizeof(*o->kept));
    o->met = calloc(JQOBJECTS_MET, sizeof(*o->met));
    if (o->kept == NULL || o->met == NULL)
        jqobjects_release(o);
}

static void forget(struct jqobject *place)
{
    if (place->text.len == 0)
        return;
    free((char *)place->text.s);
    jv_free(place->value);
    place->text.len = 0;
}

void jqobjects_release(struct jqobjects *o)
{
    for (size_t i = 0; o->kept != NULL && i < JQOBJECTS_KEPT; i++)
        forget(&o->kept[i]);
    free(o->kept);
    free(o->met);
    *o = (struct jqobjects){0};
}

uint32_t jqobjects_hash(const struct json *j)
{
    uint64_t hash = 0, word;

    if (j->end - j->at < HASHED)
        return 0;
    for (size_t i = 0; i < HASHED; i += sizeof(word)) {
        memcpy(&word, j->at + i, sizeof(word));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15;
        hash ^= hash >> 32;
    }
    return (uint32_t)hash | 1;
}

static struct jqobject *place_of(const struct jqobjects *o, uint32_t hash)
{
    return &o->kept[(hash >> 1) % JQOBJECTS_KEPT];
}

bool jqobjects_take(struct jqobjects *o, uint32_t hash, struct json *j, jv *value)
{
    const struct jqobject *place;

    if (o->kept == NULL || hash == 0)
        return false;
    place = place_of(o, hash);
    if (place->text.len == 0 || !json_again(j, place->text))
        return false;
    *value = jv_copy(place->value);
    return true;
}

/* Whether ${text} is that of an object such as json_again takes, as far as a look at its bytes can tell. */
static bool is_flat(struct json_str text)
{
    return memchr(text.s + 1, '{', text.len - 1) == NULL && memchr(text.s, '[', text.len) == NULL;
}

void jqobjects_note(struct jqobjects *o, uint32_t hash, struct json_str text, jv value)
{
    struct jqobject *place;
    uint32_t *met;
    char *copy;

    if (o->kept == NULL || hash == 0 || text.len > JQOBJECTS_LEN_MAX)
        return;
    met = &o->met[(hash >> 1) % JQOBJECTS_MET];
    if (*met != hash) {
        *met = hash;
        return;
    }
    copy = is_flat(text) ? malloc(text.len) : NULL;
    if (copy == NULL)
        return;
    memcpy(copy, text.s, text.len);
    place = place_of(o, hash);
    forget(place);
    *place = (struct jqobject){.text = {copy, text.len}, .value = jv_copy(value)};
}
