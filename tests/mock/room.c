#include "room.h"

#include <errno.h>
#include <stdlib.h>

#define PAGE_DEFAULT 20
#define PAGE_MAX 100

size_t room_find(struct call *c, size_t (*lookup)(const struct tenant *, const struct uuid *), bool problem)
{
    size_t i = c->has_id ? lookup(c->tenant, &c->id) : TENANT_NONE;

    if (i != TENANT_NONE)
        return i;
    if (c->tenant->caller_admin)
        response_error_id(c->answer, c->has_id ? 404 : 400);
    else if (problem)
        response_problem(c->answer, 403, "access to the organization is needed");
    else
        response_framework(c->answer, 403, NULL);
    return TENANT_NONE;
}

bool room_empty_list(struct call *c, size_t (*lookup)(const struct tenant *, const struct uuid *), const char *member)
{
    if (!c->tenant->caller_admin || !c->has_id || lookup(c->tenant, &c->id) != TENANT_NONE)
        return false;
    piece_addf(&c->answer->body, "{\"%s\":[]}", member);
    return true;
}

void room_add_uuid(struct piece *t, const char *before, const struct uuid *id)
{
    char text[UUID_TEXT_LEN + 2];

    uuid_format(id, text);
    text[UUID_TEXT_LEN] = '"';
    piece_puts(t, before);
    piece_add(t, text, UUID_TEXT_LEN + 1);
}

void room_end_list(struct piece *out, const char *end)
{
    if (out->data[out->len - 1] == ',')
        out->len--;
    piece_puts(out, end);
}

void room_add_permission(struct piece *out, const char *member, const struct tenant *t, const struct permission *p)
{
    piece_puts(out, member);
    room_add_uuid(out, "{\"permissionId\":\"", &p->id);
    piece_puts(out, ",\"permissionType\":");
    piece_puts(out, p->type);
    room_add_uuid(out, ",\"userId\":\"", &t->users[p->user].id);
    if (p->scope == ROLE_WORKSPACE)
        room_add_uuid(out, ",\"workspaceId\":\"", &t->workspaces[p->where].id);
    if (p->scope == ROLE_ORGANIZATION)
        room_add_uuid(out, ",\"organizationId\":\"", &t->organizations[p->where].id);
    piece_puts(out, "}");
}

static enum room_wrong read_number(const struct call *c, const char *name, long min, long max, size_t *value)
{
    const char *text = form_get(&c->query, name);
    char *end;
    long n;

    if (!text)
        return ROOM_WRONG_NOT;
    errno = 0;
    n = strtol(text, &end, 10);
    if (*end || end == text || errno)
        return ROOM_WRONG_FORM;
    if (n < min || n > max)
        return ROOM_WRONG_RANGE;
    *value = (size_t)n;
    return ROOM_WRONG_NOT;
}

void room_refuse_scope(struct call *c, bool malformed)
{
    /* An instance admin passes the check of the role whatever the id, so the parse fails after it. */
    if (malformed && c->tenant->caller_admin)
        response_error_id(c->answer, 500);
    else
        response_problem(c->answer, 403, "the role that this needs is missing");
}

bool room_right(struct call *c, enum room_wrong wrong)
{
    if (wrong == ROOM_WRONG_FORM)
        response_framework(c->answer, 400, NULL);
    if (wrong == ROOM_WRONG_RANGE)
        response_error_id(c->answer, 400);
    return wrong == ROOM_WRONG_NOT;
}

void room_skew(const struct call *c, struct room_page *p)
{
    const struct skew *s = &c->request->skew;

    if (s->cap > 0 && p->limit > s->cap)
        p->limit = s->cap;
    p->start = p->offset;
    if (s->loop)
        p->start = 0;
    else if (p->offset > 0 && s->shift < 0 && p->offset < (size_t)-s->shift)
        p->start = 0;
    else if (p->offset > 0)
        p->start += (size_t)s->shift;
}

enum room_wrong room_page(const struct call *c, struct room_page *p)
{
    enum room_wrong wrong;

    *p = (struct room_page){.limit = PAGE_DEFAULT};
    wrong = read_number(c, "limit", 1, PAGE_MAX, &p->limit);
    if (wrong == ROOM_WRONG_NOT)
        wrong = read_number(c, "offset", 0, INT32_MAX, &p->offset);
    room_skew(c, p);
    return wrong;
}
