#include "call.h"

#include <errno.h>
#include <stdlib.h>

#define PAGE_DEFAULT 20
#define PAGE_MAX 100

size_t call_find(struct call *c, size_t (*lookup)(const struct tenant *, const struct uuid *), bool problem)
{
    size_t i = c->has_id ? lookup(c->tenant, &c->id) : TENANT_NONE;

    if (i != TENANT_NONE)
        return i;
    if (c->tenant->caller_admin)
        answer_error_id(c->answer, c->has_id ? 404 : 400);
    else if (problem)
        answer_problem(c->answer, 403, "access to the organization is needed");
    else
        answer_framework(c->answer, 403, NULL);
    return TENANT_NONE;
}

bool call_empty_list(struct call *c, size_t (*lookup)(const struct tenant *, const struct uuid *), const char *member)
{
    if (!c->tenant->caller_admin || !c->has_id || lookup(c->tenant, &c->id) != TENANT_NONE)
        return false;
    text_addf(&c->answer->body, "{\"%s\":[]}", member);
    return true;
}

void call_add_uuid(struct text *t, const char *before, const struct uuid *id)
{
    char text[UUID_TEXT_LEN + 2];

    uuid_format(id, text);
    text[UUID_TEXT_LEN] = '"';
    text_puts(t, before);
    text_add(t, text, UUID_TEXT_LEN + 1);
}

void call_end_list(struct text *out, const char *end)
{
    if (out->data[out->len - 1] == ',')
        out->len--;
    text_puts(out, end);
}

void call_add_permission(struct text *out, const char *member, const struct tenant *t, const struct permission *p)
{
    text_puts(out, member);
    call_add_uuid(out, "{\"permissionId\":\"", &p->id);
    text_puts(out, ",\"permissionType\":");
    text_puts(out, p->type);
    call_add_uuid(out, ",\"userId\":\"", &t->users[p->user].id);
    if (p->scope == ROLE_WORKSPACE)
        call_add_uuid(out, ",\"workspaceId\":\"", &t->workspaces[p->where].id);
    if (p->scope == ROLE_ORGANIZATION)
        call_add_uuid(out, ",\"organizationId\":\"", &t->organizations[p->where].id);
    text_puts(out, "}");
}

static enum call_wrong read_number(const struct call *c, const char *name, long min, long max, size_t *value)
{
    const char *text = form_get(&c->query, name);
    char *end;
    long n;

    if (!text)
        return CALL_WRONG_NOT;
    errno = 0;
    n = strtol(text, &end, 10);
    if (*end || end == text || errno)
        return CALL_WRONG_FORM;
    if (n < min || n > max)
        return CALL_WRONG_RANGE;
    *value = (size_t)n;
    return CALL_WRONG_NOT;
}

void call_refuse_scope(struct call *c, bool malformed)
{
    /* An instance admin passes the check of the role whatever the id, so the parse fails after it. */
    if (malformed && c->tenant->caller_admin)
        answer_error_id(c->answer, 500);
    else
        answer_problem(c->answer, 403, "the role that this needs is missing");
}

bool call_right(struct call *c, enum call_wrong wrong)
{
    if (wrong == CALL_WRONG_FORM)
        answer_framework(c->answer, 400, NULL);
    if (wrong == CALL_WRONG_RANGE)
        answer_error_id(c->answer, 400);
    return wrong == CALL_WRONG_NOT;
}

void call_skew(const struct call *c, struct call_page *p)
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

enum call_wrong call_page(const struct call *c, struct call_page *p)
{
    enum call_wrong wrong;

    *p = (struct call_page){.limit = PAGE_DEFAULT};
    wrong = read_number(c, "limit", 1, PAGE_MAX, &p->limit);
    if (wrong == CALL_WRONG_NOT)
        wrong = read_number(c, "offset", 0, INT32_MAX, &p->offset);
    call_skew(c, p);
    return wrong;
}
