/*
 * rows.h: rows of answers, on their way to become lines: the data of each, and what was noted about it when it was read.
 */
#ifndef AB_FETCH_ROWS_H
#define AB_FETCH_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "json.h"

/* A JSON string with its quotes: ${len} bytes at ${at} of the text of the rows; ${len} 0: absent. */
struct rows_span {
    uint32_t at, len;
};

/*
 * One row.
 *   end          where its data ends in the text; it begins where the row before ends
 *   id, parent   the numbers of its id and its parent's (known.h), NO_INDEX where they are not kept
 *   holds_role   of a user's row: he holds a role of his own there
 *   user, name, email   of a user's row: his id, name and address
 *   told         of a user's row: his role in the organization, if the row tells it
 */
struct row {
    uint32_t end;
    uint32_t id, parent;
    bool holds_role;
    struct rows_span user, name, email, told;
};

/* ${next}: the first row that has not been used yet. */
struct rows {
    struct buf text;
    struct row *row;
    uint32_t n, cap;
    uint32_t next;
};

void rows_init(struct rows *r);
void rows_release(struct rows *r);

/* Move all rows of ${from}, which is then empty, to ${to}, which is overwritten. */
void rows_move(struct rows *to, struct rows *from);

/* Describe what was appended to ${r}->text since the last row as one more row (its end is set here). Return 0, or -1 without memory. */
int rows_add(struct rows *r, const struct row *row);

/* Take rows off the end until ${n} are left. */
void rows_truncate(struct rows *r, uint32_t n);

/* The data of row ${i}, valid until a row is added. */
struct json_str rows_data(const struct rows *r, uint32_t i);

#endif
