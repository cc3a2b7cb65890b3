/*
 * role.h: what a role lets its holder do.
 */
#ifndef MOCK_ROLE_H
#define MOCK_ROLE_H

/* Where a permission holds. The order is that of tenant permissions. */
enum role_scope { ROLE_ORGANIZATION, ROLE_WORKSPACE, ROLE_INSTANCE };

/* The server's own numbers (reference/airbyte-api.md section 4.3); a higher rank includes the lower ones that are asked for here. */
enum role_rank { ROLE_NONE = 0, ROLE_MEMBER = 100, ROLE_READER = 200, ROLE_ADMIN = 500 };

/*
 * The rank of permission type ${type}, in either case, held on a ${scope}. ROLE_NONE for a type that is unknown or not of
 * that scope: such a permission is shown to others but lets its holder do nothing.
 */
int role_rank(const char *type, enum role_scope scope);

#endif
