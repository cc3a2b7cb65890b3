/*
 * directory.h: what there is, as subjects: resource types, resources, entitlements, and the principals of grants.
 */
#ifndef C1Z_CAT_DIRECTORY_H
#define C1Z_CAT_DIRECTORY_H

#include "cat.h"

/* Principals have the columns of resources. */
extern const struct sheet_columns directory_type_columns, directory_resource_columns, directory_entitlement_columns;

/*
 * Hand the rows of a subject, those that the filter of ${c} passes, to a sheet, sorted.  Principals are each one of the
 * grants that pass, once; those that the sync does not have come last.  Return 0, or -1 with ${e}.
 */
int directory_types(struct cat *c, struct sheet *s, struct err *e);
int directory_resources(struct cat *c, struct sheet *s, struct err *e);
int directory_entitlements(struct cat *c, struct sheet *s, struct err *e);
int directory_principals(struct cat *c, struct sheet *s, struct err *e);

#endif
