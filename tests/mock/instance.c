/*
 * instance.c: the endpoints about the instance itself, reference/airbyte-api.md sections 3.12 and 3.17.
 */
#include "room.h"

#include <string.h>

/* Everyone with a role on the instance, the built-in user too; the type of the role is not told. */
void instance_admins(struct call *c)
{
    const struct tenant *t = c->tenant;

    if (!t->caller_admin) {
        response_framework(c->answer, 403, NULL);
        return;
    }
    piece_puts(&c->answer->body, "{\"users\":[");
    for (size_t i = 0; i < t->n_permissions; i++) {
        const struct permission *p = &t->permissions[i];

        if (p->scope != ROLE_INSTANCE || p->rank != ROLE_ADMIN)
            continue;
        piece_puts(&c->answer->body, "{");
        piece_puts(&c->answer->body, t->users[p->user].listed);
        room_add_uuid(&c->answer->body, "\"permissionId\":\"", &p->id);
        piece_puts(&c->answer->body, "},");
    }
    room_end_list(&c->answer->body, "]}");
}

void instance_configuration(struct call *c)
{
    bool community = strcmp(c->tenant->edition, "community") == 0;
    /* Up to 1.5 the enterprise edition was called by its plan. */
    const char *edition = !community && c->tenant->release < RELEASE_1_8 ? "pro" : c->tenant->edition;
    const char *mode = c->api->auth_off ? "none" : community ? "simple" : "oidc";

    piece_addf(&c->answer->body,
        "{\"edition\":\"%s\",\"version\":\"%s\",\"auth\":{\"mode\":\"%s\",\"clientId\":\"airbyte-webapp\","
        "\"defaultRealm\":\"airbyte\"},\"airbyteUrl\":\"https://airbyte.example.com\",%s\"initialSetupComplete\":true,"
        "\"defaultUserId\":\"00000000-0000-0000-0000-000000000000\","
        "\"defaultOrganizationId\":\"00000000-0000-0000-0000-000000000000\","
        "\"defaultOrganizationEmail\":\"ops@example.com\",\"trackingStrategy\":\"logging\"}",
        edition, release_version(c->tenant->release), mode, community ? "" : "\"licenseStatus\":\"pro\",");
}
