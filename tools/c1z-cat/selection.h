/*
 * selection.h: which records are shown.
 */
#ifndef C1Z_CAT_SELECTION_H
#define C1Z_CAT_SELECTION_H

#include <stdbool.h>

#include "c1zread.h"

/* What a filter can ask for. */
enum { SELECTION_RESOURCE_TYPE = 1, SELECTION_RESOURCE = 2, SELECTION_ENTITLEMENT = 4, SELECTION_PRINCIPAL = 8 };
#define SELECTION_ALL (SELECTION_RESOURCE_TYPE | SELECTION_RESOURCE | SELECTION_ENTITLEMENT | SELECTION_PRINCIPAL)

/*
 * Ids, NULL where any will do.  ${resource} and ${principal} are the id of a resource, or its type, a colon and its id.
 * Of an entitlement and a grant, type and resource are those that the entitlement is on.
 */
struct selection {
    const char *resource_type, *resource, *entitlement, *principal;
};

/* Which SELECTION_* bits ${f} asks for. */
unsigned selection_bits(const struct selection *f);

/* Whether the record of ${kind} with the ids ${row} is to be shown. What its kind does not have is not asked for. */
bool selection_passes(const struct selection *f, enum kind kind, const struct c1zread_row *row);

/*
 * Which of the SELECTION_* bits of ${f} ask for an id that the record of ${kind} has, shown or not: its own, or one
 * that it names.
 */
unsigned selection_knows(const struct selection *f, enum kind kind, const struct c1zread_row *row);

#endif
