#include "users.h"

#include <stdlib.h>
#include <string.h>

#include "ids.h"
#include "lines.h"

/* What a user line that was read may say besides; a line is no longer than this. */
#define EXTRA_MAX LINE_MAX_BYTES

/* All names and addresses together. */
#define STRINGS_MAX ((size_t)4 << 30)

void users_init(struct users *u)
{
    *u = (struct users){0};
    ids_init(&u->ids);
    ids_init(&u->organizations);
    ids_init(&u->workspaces);
    arena_init(&u->strings, STRINGS_MAX);
    json_init(&u->json, NULL);
}

void users_release(struct users *u)
{
    for (uint32_t i = 0; i < u->ids.n && u->user != NULL; i++) {
        free(u->user[i].organizations.at);
        free(u->user[i].workspaces.at);
    }
    free(u->user);
    ids_release(&u->ids);
    ids_release(&u->organizations);
    ids_release(&u->workspaces);
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
    uint32_t i;

    if (u->ids.n == u->cap) {
        uint32_t cap = u->cap == 0 ? 64 : u->cap + u->cap / 2;
        struct user *user = realloc(u->user, cap * sizeof(*user));

        if (user == NULL)
            return NULL;
        memset(user + u->cap, 0, (cap - u->cap) * sizeof(*user));
        u->user = user;
        u->cap = cap;
    }
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

static int add_place(struct user_places *places, uint32_t index)
{
    if (places->n == places->cap) {
        uint32_t cap = places->cap == 0 ? 2 : places->cap + places->cap / 2 + 1;
        uint32_t *at = realloc(places->at, cap * sizeof(*at));

        if (at == NULL)
            return -1;
        places->at = at;
        places->cap = cap;
    }
    places->at[places->n++] = index;
    return 0;
}

/* The places where ${user} holds a role that are kept in ${set}. */
static struct user_places *places_of(struct users *u, struct user *user, const struct ids *set)
{
    return set == &u->organizations ? &user->organizations : &user->workspaces;
}

static struct ids *set_at(struct users *u, enum level level)
{
    return level == LEVEL_ORGANIZATION ? &u->organizations : &u->workspaces;
}

/* The ids in the JSON array ${text}. */
static int absorb_places(struct users *u, struct user *user, struct ids *set, struct json_str text, struct err *e)
{
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
        else if (ids_add(set, id, &index) < 0 || add_place(places_of(u, user, set), index) < 0)
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
    if (absorb_places(u, user, &u->organizations, l->organization_ids, e) == 0 &&
        absorb_places(u, user, &u->workspaces, l->workspace_ids, e) == 0)
        r = 0;
out:
    buf_release(&extra);
    return r;
}

int users_collect(struct users *u, const struct rawline *l, struct err *e)
{
    const struct resource_info *info = l->resource == RESOURCE_NONE ? NULL : &resource_table[l->resource];
    struct ids *set;
    struct user *user;
    uint32_t index;

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
    set = set_at(u, info->role_at);
    if (ids_add(set, l->outer[info->role_at], &index) < 0 || add_place(places_of(u, user, set), index) < 0)
        return no_memory(e);
    return 0;
}

int users_at(struct users *u, enum resource resource, const struct scope *scope, struct users_place *p, struct err *e)
{
    enum level level = resource_table[resource].role_at;
    const char *id = level == LEVEL_NONE ? NULL : scope->id[level];

    *p = (struct users_place){0};
    if (id == NULL)
        return 0;
    p->set = set_at(u, level);
    return ids_add(p->set, (struct json_str){id, strlen(id)}, &p->index) < 0 ? no_memory(e) : 0;
}

/* The text of a JSON string with its quotes that was checked before; valid until the next call. */
static struct json_str text_of(struct users *u, const struct rows *rows, struct rows_span span)
{
    struct json_str v = {0};
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

    if (user == NULL || (user->name == NULL && keep(u, &user->name, text_of(u, rows, row->name)) < 0) ||
        (user->email == NULL && keep(u, &user->email, text_of(u, rows, row->email)) < 0))
        return no_memory(e);
    if (p->set == NULL || !row->holds_role)
        return 0;
    return add_place(places_of(u, user, p->set), p->index) < 0 ? no_memory(e) : 0;
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
    put_places(out, "organizationIds", &u->organizations, &user->organizations);
    put_places(out, "workspaceIds", &u->workspaces, &user->workspaces);
    buf_putc(out, '}');
}
