#include "users.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "lines.h"

/* What a user line that was read may say besides; a line is no longer than this. */
#define EXTRA_MAX LINE_MAX_BYTES

/* The most users. */
#define USERS_MAX ((size_t)UINT32_MAX / 4)

/* On an organization: all holders of roles in it are known; some may not be. */
#define MARK_COMPLETE 1
#define MARK_LACKING 2

/* All names and addresses together. */
#define STRINGS_MAX ((size_t)4 << 30)

void users_init(struct users *u)
{
    *u = (struct users){0};
    ids_init(&u->ids);
    ids_init(&u->organizations);
    ids_init(&u->workspaces);
    ids_init(&u->roles);
    arena_init(&u->strings, STRINGS_MAX);
    json_init(&u->json, NULL);
}

void users_release(struct users *u)
{
    for (uint32_t i = 0; i < u->ids.n && u->user != NULL; i++) {
        free(u->user[i].roles.at);
        free(u->user[i].workspaces.at);
    }
    free(u->user);
    ids_release(&u->ids);
    ids_release(&u->organizations);
    ids_release(&u->workspaces);
    ids_release(&u->roles);
    free(u->role_at);
    arena_release(&u->strings);
    json_release(&u->json);
}

uint32_t users_count(const struct users *u)
{
    return u->ids.n;
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for users");
}

/* The user of that id, known or new; NULL without memory. */
static struct user *find_user(struct users *u, struct json_str id)
{
    size_t cap = u->cap;
    struct user *user = grow_array(u->user, &u->cap, (size_t)u->ids.n + 1, USERS_MAX, sizeof(*user));
    uint32_t i;

    if (user == NULL)
        return NULL;
    memset(user + cap, 0, (u->cap - cap) * sizeof(*user));
    u->user = user;
    return ids_add(&u->ids, id, &i) < 0 ? NULL : &u->user[i];
}

/* Keep a copy of ${text} at ${*kept}, unless one is there or the text is empty. NUL bytes in it end it. */
static int keep(struct users *u, const char **kept, struct json_str text)
{
    char *copy;

    if (*kept != NULL || text.len == 0 || *text.s == '\0')
        return 0;
    copy = arena_alloc(&u->strings, text.len + 1);
    if (copy == NULL)
        return -1;
    memcpy(copy, text.s, text.len);
    copy[text.len] = '\0';
    *kept = copy;
    return 0;
}

/* Most users have one or two places, and there are many users: so no room for more is made at first. */
static int add_place(struct user_places *places, uint32_t index)
{
    if (places->n == places->cap) {
        uint32_t cap = places->cap + places->cap / 2 + 2;
        uint32_t *at = cap < places->cap ? NULL : reallocarray(places->at, cap, sizeof(*at));

        if (at == NULL)
            return -1;
        places->at = at;
        places->cap = cap;
    }
    places->at[places->n++] = index;
    return 0;
}

/* The number of a role in organization number ${organization}. */
static int role_index(struct users *u, uint32_t organization, struct json_str role, uint32_t *index)
{
    const struct json_str parts[2] = {{(const char *)&organization, sizeof(organization)}, role};
    uint32_t *at = grow_array(u->role_at, &u->role_cap, (size_t)u->roles.n + 1, UINT32_MAX / 2, sizeof(*at));

    if (at == NULL)
        return -1;
    u->role_at = at;
    if (ids_add_parts(&u->roles, parts, 2, index) < 0)
        return -1;
    u->role_at[*index] = organization;
    return 0;
}

/* ${user} holds ${role}, perhaps an empty text, in organization number ${organization}. */
static int add_role(struct users *u, struct user *user, uint32_t organization, struct json_str role)
{
    uint32_t index;

    return role_index(u, organization, role, &index) < 0 ? -1 : add_place(&user->roles, index);
}

/* The ids in the JSON array ${text}: organizations, in which his role is not known, or workspaces. */
static int absorb_places(struct users *u, struct user *user, bool organizations, struct json_str text, struct err *e)
{
    struct ids *set = organizations ? &u->organizations : &u->workspaces;
    struct json_str id;
    uint32_t index;

    if (text.len == 0)
        return 0;
    json_begin(&u->json, text.s, text.len, 0);
    json_array(&u->json);
    while (json_element(&u->json)) {
        if (!json_string(&u->json, &id))
            break;
        if (!rawline_is_id(id))
            json_fail(&u->json, "not an id");
        else if (ids_add(set, id, &index) < 0 || (organizations ? add_role(u, user, index, (struct json_str){"", 0})
                                                                : add_place(&user->workspaces, index)) < 0)
            return no_memory(e);
    }
    return json_end(&u->json, e);
}

/* A user line's data: ${id}, ${name}, ${email}, and the rest as JSON in ${extra}. */
static int read_data(struct users *u, struct json_str data, struct rawline *l, struct buf *extra, struct err *e)
{
    struct json *j = &u->json;
    struct json_str name;

    json_begin(j, data.s, data.len, 0);
    json_object(j);
    while (json_member(j, &name)) {
        if (json_eq(name, "userId")) {
            json_string(j, &l->user);
        } else if (json_eq(name, "name")) {
            rawline_take_string(j, &l->name);
        } else if (json_eq(name, "email")) {
            rawline_take_string(j, &l->email);
        } else {
            buf_putc(extra, ',');
            json_put_string(extra, name.s, name.len);
            buf_putc(extra, ':');
            json_copy(j, extra);
        }
    }
    if (!rawline_is_id(l->user))
        json_fail(j, "a user line without 'userId'");
    return json_end(j, e);
}

static int absorb(struct users *u, const struct rawline *l, struct err *e)
{
    struct rawline data = {0};
    struct buf extra;
    struct user *user;
    int r = -1;

    buf_init(&extra, EXTRA_MAX);
    if (read_data(u, l->data, &data, &extra, e) < 0)
        goto out;
    user = find_user(u, data.user);
    if (extra.failed || user == NULL || keep(u, &user->name, data.name) < 0 || keep(u, &user->email, data.email) < 0 ||
        keep(u, &user->extra, (struct json_str){extra.data, extra.len}) < 0) {
        no_memory(e);
        goto out;
    }
    if (absorb_places(u, user, true, l->organization_ids, e) == 0 &&
        absorb_places(u, user, false, l->workspace_ids, e) == 0)
        r = 0;
out:
    buf_release(&extra);
    return r;
}

/* A line that says that not all holders of roles in an organization are known, or not from its own list. */
static bool is_lacking(const struct rawline *l)
{
    if (l->resource == RESOURCE_NONE || l->outer[LEVEL_ORGANIZATION].len == 0)
        return false;
    return l->frame
               ? l->gap && (l->resource == RESOURCE_TOLD || resource_table[l->resource].opens == LEVEL_ORGANIZATION)
               : l->made && l->resource == RESOURCE_TOLD;
}

int users_collect(struct users *u, const struct rawline *l, struct err *e)
{
    const struct resource_info *info = l->resource == RESOURCE_NONE ? NULL : &resource_table[l->resource];
    struct user *user;
    uint32_t index;

    if (is_lacking(l)) {
        if (ids_add(&u->organizations, l->outer[LEVEL_ORGANIZATION], &index) < 0)
            return no_memory(e);
        ids_mark(&u->organizations, index, MARK_LACKING);
    }
    if (l->frame || info == NULL)
        return 0;
    if (l->resource == RESOURCE_COMPUTED)
        return absorb(u, l, e);
    if (!info->user)
        return 0;
    user = find_user(u, l->user);
    if (user == NULL || keep(u, &user->name, l->name) < 0 || keep(u, &user->email, l->email) < 0)
        return no_memory(e);
    if (info->role_at == LEVEL_NONE || !l->role)
        return 0;
    if (l->outer[info->role_at].len == 0)
        return err_set(e, EX_DATAERR, "%s line without '%s'", info->name, resource_level_name(info->role_at));
    if (info->role_at == LEVEL_ORGANIZATION) {
        if (ids_add(&u->organizations, l->outer[LEVEL_ORGANIZATION], &index) < 0 ||
            add_role(u, user, index, l->told) < 0)
            return no_memory(e);
        return 0;
    }
    if (ids_add(&u->workspaces, l->outer[info->role_at], &index) < 0 || add_place(&user->workspaces, index) < 0)
        return no_memory(e);
    return 0;
}

/* The number of the id of ${level} in ${scope}, NO_INDEX if it has none. */
static int scope_index(struct ids *set, const struct scope *scope, enum level level, uint32_t *index)
{
    const char *id = scope->id[level];

    *index = NO_INDEX;
    return id == NULL ? 0 : ids_add(set, (struct json_str){id, strlen(id)}, index);
}

int users_at(struct users *u, enum resource resource, const struct scope *scope, struct users_place *p, struct err *e)
{
    const struct resource_info *info = &resource_table[resource];

    *p = (struct users_place){.level = info->role_at, .told = info->told != NULL};
    if (info->role_at == LEVEL_NONE)
        return 0;
    if (scope_index(&u->organizations, scope, LEVEL_ORGANIZATION, &p->organization) < 0 ||
        scope_index(&u->workspaces, scope, LEVEL_WORKSPACE, &p->workspace) < 0)
        return no_memory(e);
    return 0;
}

/* The text of a JSON string with its quotes that was checked before; valid until the next call. */
static struct json_str text_of(struct users *u, const struct rows *rows, struct rows_span span)
{
    struct json_str v = {"", 0};
    const char *token = rows->text.data + span.at;

    if (span.len == 0)
        return v;
    if (memchr(token, '\\', span.len) == NULL)
        return (struct json_str){token + 1, span.len - 2};
    json_begin(&u->json, token, span.len, 0);
    json_string(&u->json, &v);
    return v;
}

int users_row(struct users *u, const struct rows *rows, uint32_t i, const struct users_place *p, struct err *e)
{
    const struct row *row = &rows->row[i];
    struct user *user = find_user(u, text_of(u, rows, row->user));
    int r = 0;

    if (user == NULL || (user->name == NULL && keep(u, &user->name, text_of(u, rows, row->name)) < 0) ||
        (user->email == NULL && keep(u, &user->email, text_of(u, rows, row->email)) < 0))
        return no_memory(e);
    if (!row->holds_role)
        return 0;
    if (p->level == LEVEL_ORGANIZATION)
        r = add_role(u, user, p->organization, text_of(u, rows, row->told));
    else if (p->level != LEVEL_NONE)
        r = add_place(&user->workspaces, p->workspace);
    return r < 0 ? no_memory(e) : 0;
}

/* Whether that user holds role number ${role}. */
static bool has_role(const struct users *u, struct json_str id, uint32_t role)
{
    const struct user_places *roles;
    uint32_t index;

    if (!ids_find(&u->ids, id, &index))
        return false;
    roles = &u->user[index].roles;
    for (uint32_t i = roles->n; i > 0; i--)
        if (roles->at[i - 1] == role)
            return true;
    return false;
}

int users_row_told(
    struct users *u, const struct rows *rows, uint32_t i, const struct users_place *p, bool *told, struct err *e)
{
    const struct row *row = &rows->row[i];
    uint32_t role;

    *told = !p->told || p->level == LEVEL_ORGANIZATION || p->organization == NO_INDEX || row->told.len == 0;
    if (*told)
        return 0;
    if (role_index(u, p->organization, text_of(u, rows, row->told), &role) < 0)
        return no_memory(e);
    *told = has_role(u, text_of(u, rows, row->user), role);
    return 0;
}

int users_line_told(struct users *u, const struct rawline *l, bool *told, struct err *e)
{
    const struct resource_info *info = &resource_table[l->resource];
    uint32_t organization, role;

    *told = l->frame || l->resource == RESOURCE_NONE || info->told == NULL || info->role_at == LEVEL_ORGANIZATION ||
            l->outer[LEVEL_ORGANIZATION].len == 0 || l->told.len == 0;
    if (*told)
        return 0;
    if (ids_add(&u->organizations, l->outer[LEVEL_ORGANIZATION], &organization) < 0 ||
        role_index(u, organization, l->told, &role) < 0)
        return no_memory(e);
    *told = has_role(u, l->user, role);
    return 0;
}

int users_listed(struct users *u, enum resource resource, const struct scope *scope, struct err *e)
{
    uint32_t index;

    if (resource_table[resource].role_at != LEVEL_ORGANIZATION)
        return 0;
    if (scope_index(&u->organizations, scope, LEVEL_ORGANIZATION, &index) < 0)
        return no_memory(e);
    if (index != NO_INDEX)
        ids_mark(&u->organizations, index, MARK_COMPLETE);
    return 0;
}

enum users_holds users_holds(struct users *u, struct json_str user, struct json_str organization)
{
    uint32_t at, who;

    if (!ids_find(&u->organizations, organization, &at))
        return u->passing ? HOLDS_NO : HOLDS_UNKNOWN;
    if (ids_find(&u->ids, user, &who))
        for (uint32_t i = 0; i < u->user[who].roles.n; i++)
            if (u->role_at[u->user[who].roles.at[i]] == at)
                return HOLDS_YES;
    if (ids_marked(&u->organizations, at, MARK_COMPLETE))
        return HOLDS_NO;
    return u->passing && !ids_marked(&u->organizations, at, MARK_LACKING) ? HOLDS_NO : HOLDS_UNKNOWN;
}

enum users_holds users_row_holds(struct users *u, const struct rows *rows, uint32_t i, const struct scope *scope)
{
    const char *organization = scope->id[LEVEL_ORGANIZATION];

    if (organization == NULL)
        return HOLDS_UNKNOWN;
    return users_holds(u, text_of(u, rows, rows->row[i].user), (struct json_str){organization, strlen(organization)});
}

const char *users_id(const struct users *u, uint32_t i, char text[ID_MAX + 1])
{
    return ids_text(&u->ids, i, text);
}

int users_detail(struct users *u, uint32_t i, struct json_str data, struct err *e)
{
    struct user *user = &u->user[i];
    struct rawline said = {0};
    struct buf extra;
    int r;

    buf_init(&extra, EXTRA_MAX);
    r = read_data(u, data, &said, &extra, e);
    if (r == 0 && extra.len > 0)
        user->extra = NULL;
    if (r == 0 && (extra.failed || keep(u, &user->name, said.name) < 0 || keep(u, &user->email, said.email) < 0 ||
                      keep(u, &user->extra, (struct json_str){extra.data, extra.len}) < 0))
        r = no_memory(e);
    buf_release(&extra);
    return r;
}

static int compare(const void *a, const void *b, void *set)
{
    return ids_compare(set, *(const uint32_t *)a, *(const uint32_t *)b);
}

static void put_member(struct buf *out, const char *name, const char *value, const char *separator)
{
    if (value == NULL)
        return;
    buf_printf(out, "%s\"%s\":", separator, name);
    json_put_string(out, value, strlen(value));
}

/* The ids of ${places}, sorted, each once. */
static void put_places(struct buf *out, const char *name, struct ids *set, struct user_places *places)
{
    char text[ID_MAX + 1];
    const char *separator = "";

    if (places->n > 0)
        qsort_r(places->at, places->n, sizeof(*places->at), compare, set);
    buf_printf(out, ",\"%s\":[", name);
    for (uint32_t i = 0; i < places->n; i++) {
        if (i > 0 && places->at[i] == places->at[i - 1])
            continue;
        buf_puts(out, separator);
        ids_text(set, places->at[i], text);
        json_put_string(out, text, strlen(text));
        separator = ",";
    }
    buf_putc(out, ']');
}

void users_write(struct users *u, uint32_t i, struct buf *out)
{
    struct user *user = &u->user[i];
    char id[ID_MAX + 1];

    buf_printf(out, "{\"resource\":\"%s\",\"data\":{", resource_table[RESOURCE_COMPUTED].name);
    put_member(out, "userId", ids_text(&u->ids, i, id), "");
    put_member(out, "name", user->name, ",");
    put_member(out, "email", user->email, ",");
    if (user->extra != NULL)
        buf_puts(out, user->extra);
    buf_putc(out, '}');
    for (uint32_t k = 0; k < user->roles.n; k++) /* the last use of his roles: from here on, where they are */
        user->roles.at[k] = u->role_at[user->roles.at[k]];
    put_places(out, "organizationIds", &u->organizations, &user->roles);
    put_places(out, "workspaceIds", &u->workspaces, &user->workspaces);
    buf_putc(out, '}');
}
