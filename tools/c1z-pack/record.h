/*
 * record.h: from one line of baton records to the row that is stored of it (reference/c1z-format.md sections 4.2, 4.6
 * and 9.1, points 6, 8 and 10).
 */
#ifndef C1Z_PACK_RECORD_H
#define C1Z_PACK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "c1zdb.h"
#include "err.h"
#include "json.h"

/* The longest id, in bytes (reference/baton-model.md section 3.6). */
#define RECORD_ID_MAX 1024

/* ${len} bytes at ${at} in the memory of the batch; ${null} for a column that is NULL. */
struct record_piece {
    size_t at, len;
    bool null;
};

/* The columns of text of each table, in the order of ${text}. */
enum { RT_EXTERNAL_ID };
enum { R_TYPE, R_EXTERNAL_ID, R_PARENT_TYPE, R_PARENT_ID };
enum { E_RESOURCE_TYPE, E_RESOURCE_ID, E_EXTERNAL_ID };
enum { G_RESOURCE_TYPE, G_RESOURCE_ID, G_ENTITLEMENT_ID, G_PRINCIPAL_TYPE, G_PRINCIPAL_ID, G_EXTERNAL_ID };
#define RECORD_TEXTS 6

/*
 * One row: of which table, from which line; its texts, its message, and for a grant what it expands by (or NULL).
 * ${plain}: a grant whose message has the ids alone, and is not made.
 */
struct record {
    enum kind kind;
    bool plain;
    uint64_t line;
    struct record_piece text[RECORD_TEXTS];
    struct record_piece data, expansion;
};

/**
 * record_read(r, j, line, a, bytes, e):
 * Read the text begun with json_begin in ${j} from line ${line} into ${r}; its pieces are appended to ${bytes}.  ${a}
 * is used for the message and may be reset afterwards.  Return 0, or -1 with ${e}: EX_DATAERR with line and path for
 * what is not one of the four records, or lacks an id, or whose id is longer than RECORD_ID_MAX or holds U+0000.
 */
int record_read(struct record *r, struct json *j, uint64_t line, struct arena *a, struct buf *bytes, struct err *e);

#endif
