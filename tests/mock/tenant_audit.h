/*
 * tenant_audit.h: what was done in a tenant, reference/airbyte-api.md section 3.18.
 */
#ifndef MOCK_TENANT_AUDIT_H
#define MOCK_TENANT_AUDIT_H

#include "element.h"

#include <stdint.h>

struct tenant;

struct audit_event {
    struct uuid id;
    size_t organization;
    int64_t at_ms;
    char *json; /* the whole object */
};

/* Newest first, then by id. */
struct audit_events {
    struct audit_event *list;
    size_t n;
};

/* Read list auditEvents into ${t}, whose organizations are there. Return 0, or -1 and ${p}. */
int tenant_audit_read(struct tenant *t, const json_t *root, struct tenant_problem *p);
void tenant_audit_release(struct audit_events *a);

#endif
