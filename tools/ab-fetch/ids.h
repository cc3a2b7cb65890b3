/*
 * ids.h: a set of ids, each numbered in the order it was added.
 *
 * Airbyte's ids are UUIDs: one in its canonical form takes 16 bytes, about 30 with its share of the table.  Any other
 * string of 1 to ID_MAX bytes is an id too, compared byte by byte, and costs an allocation.
 */
#ifndef AB_FETCH_IDS_H
#define AB_FETCH_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

/* The longest id, in bytes. */
#define ID_MAX 1024

struct ids {
    uint32_t n; /* ids in the set; they are numbered 0 to n - 1 */
    uint32_t cap;
    unsigned char (*key)[16];
    uint8_t *flags; /* the low bits are the user's (ids_mark), the top bit is private */
    uint32_t *table;
    uint32_t table_len;
};

void ids_init(struct ids *set);
void ids_release(struct ids *set);

/**
 * ids_add(set, id, index):
 * Put ${id} (1 to ID_MAX bytes) into the set unless it is there, and its number into ${*index}.  Return 1 if it is new,
 * 0 if it was there, -1 without memory.
 */
int ids_add(struct ids *set, struct json_str id, uint32_t *index);

/* Whether ${id} is in the set; if so, its number into ${*index}. */
bool ids_find(const struct ids *set, struct json_str id, uint32_t *index);

/**
 * ids_add_parts(set, part, n, index):
 * As ids_add, for ${n} texts that are told from others only together, such as an id and a role.  What is kept is a digest
 * of 128 bits, so there is no text to be had of it (and no two texts ever met give the same by chance).
 */
int ids_add_parts(struct ids *set, const struct json_str *part, size_t n, uint32_t *index);

/* Whether these texts were added together; if so, their number into ${*index}, unless that is NULL. */
bool ids_find_parts(const struct ids *set, const struct json_str *part, size_t n, uint32_t *index);

/* Take out the ids numbered ${n} and above, if there are any. */
void ids_truncate(struct ids *set, uint32_t n);

/* The text of id number ${index} with a NUL, in ${text}; it is returned. */
const char *ids_text(const struct ids *set, uint32_t index, char text[ID_MAX + 1]);

/* The order of two ids as texts, byte by byte: as strcmp. */
int ids_compare(const struct ids *set, uint32_t a, uint32_t b);

/* Set the bits of ${mask} (at most 0x7f) on id number ${index}. Return whether all of them were set already. */
bool ids_mark(struct ids *set, uint32_t index, uint8_t mask);

/* Whether any bit of ${mask} is set on id number ${index}. */
bool ids_marked(const struct ids *set, uint32_t index, uint8_t mask);

#endif
