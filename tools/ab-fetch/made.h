/*
 * made.h: lines of an organization's users that are made of what other calls tell (ab-raw(5)).
 */
#ifndef AB_FETCH_MADE_H
#define AB_FETCH_MADE_H

#include "ids.h"
#include "rows.h"
#include "scope.h"

/*
 * Append to ${out} what is said of a user of the organization whose id is in ${scope}.  ${j} is used on the way.  Texts are
 * those that were sent.  Return whether there was what it takes: a user and a role; if not, nothing is appended.
 *   made_from_access  a line, without its line feed, of ${data}, the data of a user's row with his role in the
 *                     organization in the member ${told}
 *   made_from_member  lines, each with its line feed, of ${data}, a row of RESOURCE_MEMBER, and of that user's ${roles}:
 *                     one for each role that he holds there, and none if one of these has no name
 */
bool made_from_access(
    struct buf *out, struct json *j, const struct scope *scope, struct json_str data, const char *told);
bool made_from_member(
    struct buf *out, struct json *j, const struct scope *scope, struct json_str data, const struct rows *roles);

/* Append the data of an organization of which nothing but the id is known. */
void made_organization(struct buf *out, const char *id);

/**
 * made_parent(j, data, told, id):
 * The id of the organization that the role in the member ${told} of ${data} is of, with a NUL, into ${id}.  Return whether
 * there is one.
 */
bool made_parent(struct json *j, struct json_str data, const char *told, char id[ID_MAX + 1]);

#endif
