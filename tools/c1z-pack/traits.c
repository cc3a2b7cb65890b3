#include "traits.h"

#include <string.h>

#include "log.h"

/* Fields of ResourceType, Resource and Any; the value of the trait. */
enum { TYPE_TRAITS = 3, RESOURCE_ANNOTATIONS = 4, ANY_TYPE_URL = 1, TRAIT_USER = 1 };

static const char user_trait[] = "/c1.connector.v2.UserTrait";

/* Whether the resource type has the trait. They stand packed, and each is a number under 128. */
static bool is_user_type(struct wire_bytes type)
{
    struct wire_bytes traits = wire_find(type, TYPE_TRAITS);

    return traits.len > 0 && memchr(traits.p, TRAIT_USER, traits.len) != NULL;
}

static bool has_trait(struct wire_bytes resource)
{
    struct wire w = wire_begin(resource);
    struct wire_field f;
    size_t len = sizeof(user_trait) - 1;

    while (wire_next(&w, &f)) {
        struct wire_bytes url;

        if (f.number != RESOURCE_ANNOTATIONS)
            continue;
        url = wire_find(f.body, ANY_TYPE_URL);
        if (url.len >= len && memcmp(url.p + url.len - len, user_trait, len) == 0)
            return true;
    }
    return false;
}

/* Count the resources of ${type} without it; ${*line} is that of the first. */
static int count_type(
    struct store *s, sqlite3_stmt *q, struct wire_bytes type, int64_t *n, uint64_t *line, struct err *e)
{
    int r;

    store_bind(q, 1, type);
    sqlite3_bind_int64(q, 2, s->base);
    while ((r = c1zdb_step(&s->db, q, e)) > 0) {
        uint64_t at = store_line(s, sqlite3_column_int64(q, 0));

        if (has_trait(store_column(q, 1)))
            continue;
        if ((*n)++ == 0 || at < *line)
            *line = at;
    }
    sqlite3_reset(q);
    return r;
}

/* Walk the resource types, and of those with the trait the resources. */
static int count(struct store *s, sqlite3_stmt *types, sqlite3_stmt *resources, struct err *e)
{
    uint64_t line = 0;
    int64_t n = 0;
    int r;

    sqlite3_bind_int64(types, 1, s->base);
    while ((r = c1zdb_step(&s->db, types, e)) > 0)
        if (is_user_type(store_column(types, 1)) && count_type(s, resources, store_column(types, 0), &n, &line, e) < 0)
            return -1;
    if (r == 0 && n > 0)
        log_warn("resources of a type with TRAIT_USER have no UserTrait; the Baton toolkit refuses them",
            LOG_INT("resources", n), LOG_INT("line", (int64_t)line));
    return r;
}

int traits_check(struct store *s, struct err *e)
{
    sqlite3_stmt *types =
        c1zdb_prepare(&s->db, "SELECT external_id, data FROM v1_resource_types WHERE id > ?1 ORDER BY id", e);
    sqlite3_stmt *resources =
        c1zdb_prepare(&s->db, "SELECT id, data FROM v1_resources WHERE resource_type_id = ?1 AND id > ?2", e);
    int r = types == NULL || resources == NULL ? -1 : count(s, types, resources, e);

    sqlite3_finalize(types);
    sqlite3_finalize(resources);
    return r;
}
