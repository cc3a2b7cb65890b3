/*
 * tenant_invitation.h: invitations to a tenant, reference/airbyte-api.md section 3.14.
 */
#ifndef MOCK_TENANT_INVITATION_H
#define MOCK_TENANT_INVITATION_H

#include "element.h"
#include "role.h"

struct tenant;

struct invitation {
    size_t where; /* the organization or workspace */
    enum role_scope scope;
    bool pending;
    char *json;      /* as servers of today show it */
    char *json_code; /* as older ones did: with the code that lets whoever has it in */
};

struct invitations {
    struct invitation *list; /* as in the file */
    size_t n;
};

/* Read list invitations into ${t}, whose organizations and workspaces are there. Return 0, or -1 and ${p}. */
int tenant_invitation_read(struct tenant *t, const json_t *root, struct tenant_problem *p);
void tenant_invitation_release(struct invitations *i);

#endif
