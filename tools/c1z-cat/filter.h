/*
 * filter.h: which records are shown.
 */
#ifndef C1Z_CAT_FILTER_H
#define C1Z_CAT_FILTER_H

#include <stdbool.h>

#include "c1zread.h"

/* What a filter can ask for. */
enum { FILTER_RESOURCE_TYPE = 1, FILTER_RESOURCE = 2, FILTER_ENTITLEMENT = 4, FILTER_PRINCIPAL = 8 };
#define FILTER_ALL (FILTER_RESOURCE_TYPE | FILTER_RESOURCE | FILTER_ENTITLEMENT | FILTER_PRINCIPAL)

/*
 * Ids, NULL where any will do.  ${resource} and ${principal} are the id of a resource, or its type, a colon and its id.
 * Of an entitlement and a grant, type and resource are those that the entitlement is on.
 */
struct filter {
    const char *resource_type, *resource, *entitlement, *principal;
};

/* Which FILTER_* bits ${f} asks for. */
unsigned filter_bits(const struct filter *f);

/* Whether the record of ${kind} with the ids ${row} is to be shown. What its kind does not have is not asked for. */
bool filter_passes(const struct filter *f, enum kind kind, const struct c1zread_row *row);

#endif
