/*
 * resource.h: what a raw stream holds and in which order (page ab-raw(5)).
 */
#ifndef AB_FETCH_RESOURCE_H
#define AB_FETCH_RESOURCE_H

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
    RESOURCE_AUDIT_EVENT,
    RESOURCE_WORKSPACE,
    RESOURCE_WORKSPACE_USER,
    RESOURCE_WORKSPACE_INVITATION, /* lines call it invitation too */
    RESOURCE_USER,
    RESOURCE_STREAM_COUNT,
    /* What is asked for, but never stands in a stream: */
    RESOURCE_MEMBER = RESOURCE_STREAM_COUNT, /* of an organization, without his role */
    RESOURCE_ROLE,                           /* of one user, anywhere */
    RESOURCE_COUNT,
    RESOURCE_NONE = RESOURCE_COUNT,
    /* By what they are: */
    RESOURCE_COMPUTED = RESOURCE_USER,          /* the one that is computed */
    RESOURCE_TOLD = RESOURCE_ORGANIZATION_USER, /* the one whose lines other lines may tell */
};

/* The ids that may stand beside "data", in their order there. */
enum level {
    LEVEL_INSTANCE,
    LEVEL_ORGANIZATION,
    LEVEL_GROUP,
    LEVEL_WORKSPACE,
    LEVEL_USER, /* no line bears it */
    LEVEL_COUNT,
    LEVEL_NONE = LEVEL_COUNT,
};

/* A set of levels. */
#define LEVEL_BIT(level) (1u << (level))

/* Where the lines of a resource come from. */
enum placed {
    PLACED_LISTED,   /* from a list under each parent */
    PLACED_SURVEYED, /* from the survey, which knows of more than the lists (survey.h) */
    PLACED_COMPUTED, /* from the other lines */
    PLACED_NOWHERE,  /* it has none */
};

/*
 * One resource.
 *   name       as lines name it
 *   placed     where its lines come from
 *   parent     under which it stands (what is surveyed may stand at the root as well)
 *   opens      the level that its lines open for those below them, or LEVEL_NONE
 *   bears      the levels whose ids stand beside the data of a line, where they are known
 *   id         the member of data that is its id, NULL if it is the one thing in its scope
 *   required   a stream without it tells so little that the end of the run is better, where the call is not there at all
 *   by_name    it is fetched only where it is named, and then something of it is to be seen
 *   since      the first release of the server that has it, where older ones are still met; else NULL
 *   user       whether the line is about a user, whose id is ${id}
 *   user_name, user_email   the members with that user's name and address
 *   role_at    the level at which the user of a line holds a role of his own, or LEVEL_NONE
 *   role       the member of data that says so by not being null; NULL: every line says so
 *   counts_at  the level at which a user must hold a role of his own for the line to have an effect, or LEVEL_NONE
 *   told       the member of data that tells his role in the organization: a role, or an object with one; or NULL
 *   roled      a row is about a role, which its member "permissionType" names
 *   by_all     rows of one list are told apart by all that they say: where rights are at stake, two of one id are not one
 *
 * What always holds (tests/unit/ab-fetch/table.c):
 * 1. A parent stands before its children in the enumeration, and opens a level.
 * 2. A resource bears the levels that its parent bears or opens.
 * 3. What is about a user has an id, what opens a level has one or is the one thing there, and no two resources open the same level.
 * 4. A role is held at a level that the resource bears.
 */
struct resource_info {
    const char *name;
    enum placed placed;
    enum resource parent;
    enum level opens;
    unsigned bears;
    const char *id;
    bool required, by_name;
    const char *since;
    bool user;
    const char *user_name, *user_email;
    enum level role_at;
    const char *role;
    enum level counts_at;
    const char *told;
    bool roled, by_all;
};

extern const struct resource_info resource_table[RESOURCE_COUNT];

/* The resource of that name that can stand in a stream, or RESOURCE_NONE. Of two with one name, the first. */
enum resource resource_find(struct json_str name);

/* Of the resources that have the name of ${resource}, the one whose lines bear ${borne} (a set of levels) and nothing else, else ${resource}. */
enum resource resource_bearing(enum resource resource, unsigned borne);

/* The name of the member that holds the id of ${level}, "organizationId" and so on, and the level itself in words. */
const char *resource_level_name(enum level level);
const char *resource_level_word(enum level level);

#endif
