/*
 * users.h: everybody who is named in a stream, and where each holds a role of his own.
 *
 * About 150 bytes for each user, 30 for each organization and workspace, 4 to 8 for each role.
 */
#ifndef AB_FETCH_USERS_H
#define AB_FETCH_USERS_H

#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "ids.h"
#include "known.h"
#include "rawline.h"
#include "rows.h"
#include "scope.h"

/* Numbers, in any order, perhaps repeated. */
struct user_places {
    uint32_t *at;
    uint32_t n, cap;
};

/*
 * ${name}, ${email}: NULL while unknown. ${extra}: further members of a user line that was read, as JSON, or NULL.
 * ${roles}: numbers of roles in organizations; ${workspaces}: of workspaces where he holds a role.
 */
struct user {
    const char *name, *email, *extra;
    struct user_places roles, workspaces;
};

/*
 * ${user}[i] is the user whose id is number i in ${ids}: they are in the order first seen.  ${roles} are pairs of an
 * organization and a role in it; ${role_at}[i] is the number of the organization of role i.  ${passing}: lists of roles in
 * organizations pass from an earlier run, and are whole unless a line says otherwise.
 */
struct users {
    struct ids ids, organizations, workspaces, roles;
    uint32_t *role_at;
    size_t role_cap;
    bool passing;
    struct user *user;
    size_t cap;
    struct arena strings;
    struct json json;
};

void users_init(struct users *u);
void users_release(struct users *u);

/**
 * users_collect(u, l, e):
 * Take what ${l} says about a user, if anything; of a user line, all it says.  Return 0, or -1 with ${e}: EX_DATAERR for
 * a line that lacks what makes it a user's, EX_OSERR without memory.
 */
int users_collect(struct users *u, const struct rawline *l, struct err *e);

/* Where the rows of one list stand: ${level} the level at which their users may hold a role, LEVEL_NONE if none. */
struct users_place {
    enum level level;
    bool told;             /* the rows tell roles in the organization */
    uint32_t organization; /* NO_INDEX if it is not known */
    uint32_t workspace;
};

/* The place of rows of ${resource}, which is about users, in ${scope}. Return 0, or -1 with ${e}. */
int users_at(struct users *u, enum resource resource, const struct scope *scope, struct users_place *p, struct err *e);

/* Take what was noted about row ${i} of ${rows}, which stands at ${p}. Return 0, or -1 with ${e}. */
int users_row(struct users *u, const struct rows *rows, uint32_t i, const struct users_place *p, struct err *e);

/* Whether the role in the organization that row ${i} tells was told before; true too if it tells none. -1 with ${e}. */
int users_row_told(
    struct users *u, const struct rows *rows, uint32_t i, const struct users_place *p, bool *told, struct err *e);

/* The same of a line. */
int users_line_told(struct users *u, const struct rawline *l, bool *told, struct err *e);

/* All holders of roles at the level of ${resource} in ${scope} are known: their own list was read to its end. */
int users_listed(struct users *u, enum resource resource, const struct scope *scope, struct err *e);

/* Whether a user holds a role of his own in an organization. */
enum users_holds { HOLDS_YES, HOLDS_NO, HOLDS_UNKNOWN };
enum users_holds users_holds(struct users *u, struct json_str user, struct json_str organization);
enum users_holds users_row_holds(struct users *u, const struct rows *rows, uint32_t i, const struct scope *scope);

/* How many there are. */
uint32_t users_count(const struct users *u);

/* The id of user number ${i}, with a NUL, in ${text}; it is returned. */
const char *users_id(const struct users *u, uint32_t i, char text[ID_MAX + 1]);

/**
 * users_detail(u, i, data, e):
 * Take what a look-up says about user number ${i}: its name and address where there are none yet, and all its other members in
 * place of those of a line that was read.  Return 0, or -1 with ${e}.
 */
int users_detail(struct users *u, uint32_t i, struct json_str data, struct err *e);

/* Append the line of user number ${i}, without a line feed. That is the last thing to be done with him. */
void users_write(struct users *u, uint32_t i, struct buf *out);

#endif
