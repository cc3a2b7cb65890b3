#include "principals.h"

#include <stdlib.h>
#include <string.h>

/* Two ids of the greatest length and what stands between. */
#define KEY_MAX ((size_t)4 * RECORD_ID_MAX)

/* Fields of Resource and of ResourceId. */
enum { RESOURCE_ID = 1, ID_TYPE = 1, ID_RESOURCE = 2 };

void principals_release(struct principals *p)
{
    names_release(&p->names);
    free(p->types);
    buf_release(&p->key);
    *p = (struct principals){0};
}

/* Make the text by which ${who} is numbered, in ${p}->key. */
static struct wire_bytes make_key(struct principals *p, struct principal who)
{
    buf_clear(&p->key);
    buf_append(&p->key, who.type.p, who.type.len);
    buf_putc(&p->key, '\0');
    buf_append(&p->key, who.id.p, who.id.len);
    return (struct wire_bytes){(const uint8_t *)p->key.data, p->key.len};
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the principals of grants");
}

static int number_all(struct principals *p, struct c1zdb *d, sqlite3_stmt *q, struct err *e)
{
    uint32_t number;
    int r;

    while ((r = c1zdb_step(d, q, e)) > 0) {
        struct principal who = {store_column(q, 0), store_column(q, 1)};
        struct wire_bytes key = make_key(p, who);

        if (p->key.failed)
            return no_memory(e);
        if (names_add(&p->names, key, &number, e) < 0)
            return -1;
    }
    return r;
}

/* Note the type of each as the graph numbers it. */
static int number_types(struct principals *p, const struct graph *g, struct err *e)
{
    p->types = calloc(p->names.len + 1, sizeof(*p->types));
    if (p->types == NULL)
        return no_memory(e);
    for (uint32_t i = 0; i < p->names.len; i++)
        p->types[i] = names_find(&g->types, principals_get(p, i).type);
    return 0;
}

int principals_load(struct principals *p, struct store *s, const struct graph *g, struct err *e)
{
    sqlite3_stmt *q = c1zdb_prepare(
        &s->db, "SELECT DISTINCT resource_type_id, resource_id FROM temp.grant_principal ORDER BY 1, 2", e);
    int r = -1;

    names_init(&p->names);
    buf_init(&p->key, KEY_MAX);
    if (q != NULL)
        r = number_all(p, &s->db, q, e);
    sqlite3_finalize(q);
    return r < 0 ? -1 : number_types(p, g, e);
}

int principals_find(struct principals *p, struct principal who, uint32_t *number, struct err *e)
{
    struct wire_bytes key = make_key(p, who);

    if (p->key.failed)
        return no_memory(e);
    *number = names_find(&p->names, key);
    return *number != NAMES_NONE ? 0 : err_set(e, EX_SOFTWARE, "the principal of a grant was not noted");
}

struct principal principals_get(const struct principals *p, uint32_t number)
{
    struct wire_bytes name = p->names.list[number];
    size_t type = (size_t)((const uint8_t *)memchr(name.p, '\0', name.len) - name.p);

    return (struct principal){{name.p, type}, {name.p + type + 1, name.len - type - 1}};
}

void principals_put(struct buf *out, unsigned number, struct principal who)
{
    size_t id = wire_size(who.type.len) + wire_size(who.id.len);

    wire_put_head(out, number, wire_size(id));
    wire_put_head(out, RESOURCE_ID, id);
    wire_put(out, ID_TYPE, who.type);
    wire_put(out, ID_RESOURCE, who.id);
}
