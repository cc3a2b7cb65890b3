/*
 * object.h: JSON objects that are made once and sent many times.
 *
 * A test server that has no memory left can do nothing useful: it says so and ends with status 71. So nothing here fails.
 */
#ifndef MOCK_OBJECT_H
#define MOCK_OBJECT_H

#include "uuid.h"

#include <jansson.h>

/* Set a member to ${value}, which becomes the object's; NULL, as jansson gives without memory, ends the program. */
void object_set(json_t *object, const char *member, json_t *value);

/* The same for an optional member: the value, null or nothing at all, as ${id} and ${salt} have it. Clients must treat the last two alike. */
void object_set_sometimes(json_t *object, const char *member, const struct uuid *id, uint32_t salt, json_t *value);

/* Copy the members of ${from} to ${to}, but for those that ${skip}, which ends in NULL, names. */
void object_copy(json_t *to, const json_t *from, const char *const *skip);

/* A new string of the id. */
json_t *object_uuid(const struct uuid *id);

/* The compact text of ${object}, which is released. The caller frees the text. */
char *object_dump(json_t *object);

#endif
