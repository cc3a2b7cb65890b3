/*
 * room.h: what the endpoints' rooms share: finding what a call is about, refusing it, pages, and pieces of answers.
 */
#ifndef MOCK_ROOM_H
#define MOCK_ROOM_H

#include "api.h"

/*
 * The index of the object whose id is in the body, as ${lookup} finds it, or TENANT_NONE with the answer made. Whoever is
 * not instance admin must not learn whether an id exists; ${problem} says which form the refusal has.
 */
size_t room_find(struct call *c, size_t (*lookup)(const struct tenant *, const struct uuid *), bool problem);

/* What an instance admin gets who lists something of an id that does not exist. Return whether that was so. */
bool room_empty_list(struct call *c, size_t (*lookup)(const struct tenant *, const struct uuid *), const char *member);

/* Refuse a call of the public API for want of a role; ${malformed}: the id that it was about is none. */
void room_refuse_scope(struct call *c, bool malformed);

/* What is wrong with a query: nothing, not a number (form F), out of range (form E). */
enum room_wrong { ROOM_WRONG_NOT, ROOM_WRONG_FORM, ROOM_WRONG_RANGE };

/* Make the answer to a query with something wrong. Return whether nothing is. */
bool room_right(struct call *c, enum room_wrong wrong);

/* A window on a list: rows ${start} to ${start} + ${limit}; ${offset} is what was asked for, which faults may shift. */
struct room_page {
    size_t limit, offset, start;
};

/* Read limit and offset of a call of the public API. */
enum room_wrong room_page(const struct call *c, struct room_page *p);

/* Apply the faults of paging that the request meets to what was asked for. */
void room_skew(const struct call *c, struct room_page *p);

/* Add ${before}, the id and a quote. */
void room_add_uuid(struct piece *t, const char *before, const struct uuid *id);

/* Add PermissionRead after ${member}. */
void room_add_permission(struct piece *out, const char *member, const struct tenant *t, const struct permission *p);

/* Add the end of a list whose elements were added with a comma after each: the last one's goes. */
void room_end_list(struct piece *out, const char *end);

#endif
