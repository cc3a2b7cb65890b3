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
#include "rawline.h"
#include "rows.h"
#include "scope.h"

/* Numbers of ids in a set, in any order, perhaps repeated. */
struct user_places {
    uint32_t *at;
    uint32_t n, cap;
};

/* ${name}, ${email}: NULL while unknown. ${extra}: further members of a user line that was read, as JSON, or NULL. */
struct user {
    const char *name, *email, *extra;
    struct user_places organizations, workspaces;
};

/* ${user}[i] is the user whose id is number i in ${ids}: they are in the order first seen. */
struct users {
    struct ids ids, organizations, workspaces;
    struct user *user;
    uint32_t cap;
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

/*
 * Where the rows of one list stand: the number of the place in which their users may hold a role, in ${set}; NULL if they
 * hold none there.
 */
struct users_place {
    struct ids *set;
    uint32_t index;
};

/* The place of rows of ${resource}, which is about users, in ${scope}. Return 0, or -1 with ${e}. */
int users_at(struct users *u, enum resource resource, const struct scope *scope, struct users_place *p, struct err *e);

/* Take what was noted about row ${i} of ${rows}, which stands at ${p}. Return 0, or -1 with ${e}. */
int users_row(struct users *u, const struct rows *rows, uint32_t i, const struct users_place *p, struct err *e);

/* How many there are. */
uint32_t users_count(const struct users *u);

/* Append the line of user number ${i}, without a line feed. Sorts his places, hence not const. */
void users_write(struct users *u, uint32_t i, struct buf *out);

#endif
