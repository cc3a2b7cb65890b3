/*
 * view.h: records as rows for people and spreadsheets: names beside ids, missing references said, sorted.  What all
 * views share; the subjects are in directory.c and access.c.
 */
#ifndef C1Z_CAT_VIEW_H
#define C1Z_CAT_VIEW_H

#include <protobuf-c/protobuf-c.h>

#include "arena.h"
#include "c1znames.h"
#include "cat.h"

/*
 * What a view has at hand.
 * 1. ${arena} and ${text} hold what one row is made of, and are emptied for each.
 * 2. ${held} and ${on} are the entitlement of the last grant and the resource it is on, or NULL: grants come sorted by
 *    them, so the next one often has the same.
 * 3. ${rows} are those that view_walk is at, for c1zread_place.
 * 4. ${marks} are the directory's: one for each resource of ${names}, or NULL.
 */
struct view {
    struct cat *cat;
    struct sheet *sheet;
    struct c1znames names;
    struct arena arena;
    struct buf text;
    const struct c1znames_entitlement *held;
    const struct c1znames_resource *on;
    struct c1zread_rows *rows;
    const bool *marks;
};

/* Run ${body} with a view on ${c} that prints to ${s}. */
int view_run(struct cat *c, struct sheet *s, int (*body)(struct view *v, struct err *e), struct err *e);

/* Print one record. */
typedef int view_put(struct view *v, const struct c1zread_row *row, const ProtobufCMessage *message, struct err *e);

/* Whether a record is wanted. */
typedef bool view_want(const struct view *v, enum kind kind, const struct c1zread_row *row);

/* Go over the records of ${kind}, sorted, and hand those that ${want} wants to ${put}. */
int view_walk(struct view *v, enum kind kind, view_want *want, view_put *put, struct err *e);

/* The usual want: what the filter passes. */
bool view_filtered(const struct view *v, enum kind kind, const struct c1zread_row *row);

/* ${v}->text, which is then empty, as a text of this row. */
struct json_str view_take_text(struct view *v);

/* Add ${item} to the list that grows in ${v}->text. */
void view_add_to_list(struct view *v, struct json_str item);

/* The name of an enum's ${value} without ${prefix}, "" for 0, the number where it has no name. */
struct json_str view_enum(struct view *v, const ProtobufCEnumDescriptor *type, int value, const char *prefix);

/* What the type ${type} is called; it is that of ${resource}, unless that is NULL. */
struct json_str view_type_name(struct view *v, const struct c1znames_resource *resource, struct json_str type);

#endif
