/*
 * resource.h: what a raw stream holds and in which order (page ab-raw(5)).
 */
#ifndef AB_FETCH_RESOURCE_H
#define AB_FETCH_RESOURCE_H

#include <stdbool.h>

#include "buf.h"
#include "json.h"

/*
 * In the order in which siblings stand in the stream.  RESOURCE_NONE is the parent of what stands at the root.
 */
enum resource {
    RESOURCE_INSTANCE,
    RESOURCE_INSTANCE_ADMIN,
    RESOURCE_ORGANIZATION,
    RESOURCE_ORGANIZATION_USER,
    RESOURCE_GROUP,
    RESOURCE_GROUP_MEMBER,
    RESOURCE_GROUP_PERMISSION,
    RESOURCE_INVITATION,
    RESOURCE_WORKSPACE,
    RESOURCE_WORKSPACE_USER,
    RESOURCE_USER,
    RESOURCE_COUNT,
    RESOURCE_NONE = RESOURCE_COUNT,
};

/* The ids that may stand beside "data", in their order there. */
enum level { LEVEL_ORGANIZATION, LEVEL_GROUP, LEVEL_WORKSPACE, LEVEL_COUNT, LEVEL_NONE = LEVEL_COUNT };

/*
 * One resource.
 *   name       as lines name it
 *   parent     under which it stands (a workspace may stand at the root as well)
 *   opens      the level that its lines open for those below them, or LEVEL_NONE
 *   id         the member of data that is its id, NULL if it has none that matters here
 *   user       the member of data that is a user's id, NULL if the line is not about a user
 *   user_name, user_email   the members with that user's name and address
 *   role_at    the level at which the user of a line holds a role of his own, or LEVEL_NONE
 *   role       the member of data that says so by not being null; NULL: every line says so
 */
struct resource_info {
    const char *name;
    enum resource parent;
    enum level opens;
    const char *id;
    const char *user, *user_name, *user_email;
    enum level role_at;
    const char *role;
};

extern const struct resource_info resource_table[RESOURCE_COUNT];

/* The resource of that name, or RESOURCE_NONE. */
enum resource resource_find(struct json_str name);

/* The name of the member that holds the id of ${level}: "organizationId" and so on. */
const char *resource_level_name(enum level level);

/* The ids of the things under which something stands: ${id}[level] is NULL or a NUL-terminated string, owned. */
struct scope {
    char *id[LEVEL_COUNT];
};

/* Copy ${from} (NULL: nothing is set) to ${to}. Return 0, or -1 without memory (then ${to} is empty). */
int scope_copy(struct scope *to, const struct scope *from);
void scope_release(struct scope *s);

/* Set the id of ${level} to a copy of ${id}. Return 0, or -1 without memory. */
int scope_set(struct scope *s, enum level level, const char *id);

/**
 * resource_prefix(out, resource, scope):
 * Append the start of a line, up to where its data goes: {"resource":"workspace","organizationId":"...","data":
 * The id of the level that the resource opens is its own and not written.
 */
void resource_prefix(struct buf *out, enum resource resource, const struct scope *scope);

#endif
