/*
 * grantstable.h: what the table v1_grants of the working database is: files of other writers may have another.
 */
#ifndef C1Z_PACK_GRANTSTABLE_H
#define C1Z_PACK_GRANTSTABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "c1zdb.h"

/* Its columns, as format v1 knows them (reference/c1z-format.md section 3.4). */
enum grants_column {
    GRANTS_ID,
    GRANTS_RESOURCE_TYPE,
    GRANTS_RESOURCE,
    GRANTS_ENTITLEMENT,
    GRANTS_PRINCIPAL_TYPE,
    GRANTS_PRINCIPAL,
    GRANTS_EXTERNAL_ID,
    GRANTS_EXPANSION,
    GRANTS_NEEDS_EXPANSION,
    GRANTS_DATA,
    GRANTS_SYNC,
    GRANTS_DISCOVERED,
    GRANTS_COLUMNS
};

/* Its indexes, by their names there. */
enum grants_index {
    GRANTS_BY_RESOURCE,
    GRANTS_BY_PRINCIPAL,
    GRANTS_BY_ENTITLEMENT_PRINCIPAL,
    GRANTS_BY_EXTERNAL_ID,
    GRANTS_EXPANDING,
    GRANTS_NEEDING_EXPANSION,
    GRANTS_BY_ENTITLEMENT,
    GRANTS_INDEXES
};

/*
 * ${known}: it has these columns, of the usual types, in the order ${columns}, and no rules of its own, so that rows can
 * be put into it without SQL.  ${empty}: it has no rows.  ${root} is its root page, ${index} those of its indexes, or 0.
 */
struct grantstable {
    bool known, empty;
    enum grants_column columns[GRANTS_COLUMNS];
    uint32_t root, index[GRANTS_INDEXES];
};

/* Look at that of ${d}, all of which was committed and flushed. Return 0 or -1 with ${e}. */
int grantstable_look(struct grantstable *t, struct c1zdb *d, struct err *e);

/* Whether it has no rows, alone. */
int grantstable_empty(struct c1zdb *d, bool *empty, struct err *e);

#endif
