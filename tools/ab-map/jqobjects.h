/*
 * jqobjects.h: objects that lines have in common, kept as jq values by their text.
 *
 * A tenant's lines repeat small objects: a user's role in an organization stands in the line of each workspace that he may
 * use.  What was met twice is kept, and the third time neither read nor built nor, since the value is shared, freed.  What
 * comes once, as an object with an id of its own does, costs a look at its first bytes and a word of memory.
 */
#ifndef AB_MAP_JQOBJECTS_H
#define AB_MAP_JQOBJECTS_H

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

#include "json.h"

/* The places for objects, and for the hashes of what was met; longer texts are not kept.  All of it is at most 6 MB. */
#define JQOBJECTS_KEPT 4096
#define JQOBJECTS_MET 16384
#define JQOBJECTS_LEN_MAX 512

/* An object and its text, of memory of its own; ${text.len} is 0 while the place is empty. */
struct jqobject {
    struct json_str text;
    jv value;
};

/* Both are NULL where there was no memory for them: nothing is kept then. */
struct jqobjects {
    struct jqobject *kept;
    uint32_t *met;
};

void jqobjects_init(struct jqobjects *o);
void jqobjects_release(struct jqobjects *o);

/**
 * jqobjects_hash(j):
 * What tells the object that is the next value of ${j} from others, by its first bytes; 0 where it is not worth keeping.
 */
uint32_t jqobjects_hash(const struct json *j);

/**
 * jqobjects_take(o, hash, j, value):
 * If the next value of ${j}, whose hash is ${hash}, is kept, consume it and make ${value} a copy.  Return whether it was.
 */
bool jqobjects_take(struct jqobjects *o, uint32_t hash, struct json *j, jv *value);

/**
 * jqobjects_note(o, hash, text, value):
 * Remember that the object of that hash was met; it was read from ${text} as ${value}, which stays the caller's.
 */
void jqobjects_note(struct jqobjects *o, uint32_t hash, struct json_str text, jv value);

#endif
