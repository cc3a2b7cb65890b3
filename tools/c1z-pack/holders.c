#include "holders.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "sources.h"

/* Two bits of a row of the table. */
enum { FLAG_DIRECT = 1, FLAG_PLAIN = 2 };

/* What finding the holders needs: the node that was met last, and how many grants each has. */
struct scan {
    struct holders *h;
    const struct graph *g;
    struct principals *p;
    uint32_t node;
    uint64_t *counts;
    struct buf plain;
};

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the holders of entitlements");
}

/* Whether ${message}, a Grant, has type and id of its principal, ${who}, and no more. */
static bool is_plain(struct scan *x, struct wire_bytes message, struct principal who)
{
    struct wire_bytes plain, principal = wire_find(message, GRANT_PRINCIPAL);

    buf_clear(&x->plain);
    principals_put(&x->plain, GRANT_PRINCIPAL, who);
    plain = wire_find((struct wire_bytes){(const uint8_t *)x->plain.data, x->plain.len}, GRANT_PRINCIPAL);
    return !x->plain.failed && wire_same(plain, principal);
}

/* The node of the entitlement ${id}: most often that of the row before. */
static uint32_t find_node(struct scan *x, struct wire_bytes id)
{
    if (x->node != NAMES_NONE) {
        struct wire_bytes name = x->g->nodes.list[x->node];

        if (wire_same(name, id))
            return x->node;
    }
    x->node = names_find(&x->g->nodes, id);
    return x->node;
}

/* Take the grant in the current row of ${q}, if it is one of a node. */
static int scan_row(struct scan *x, sqlite3_stmt *q, struct err *e)
{
    struct wire_bytes entitlement = store_column(q, 1), data;
    struct principal who = {store_column(q, 2), store_column(q, 3)};
    struct holder holder = {.row = sqlite3_column_int64(q, 0)};
    uint32_t node = find_node(x, entitlement);

    if (node == NAMES_NONE)
        return 0;
    if (principals_find(x->p, who, &holder.principal, e) < 0)
        return -1;
    data = store_column(q, 4);
    holder.direct = sources_direct(data, entitlement);
    holder.plain = is_plain(x, data, who);
    x->counts[node]++;
    return holders_add(x->h, node, &holder, e);
}

static int scan_grants(struct scan *x, struct store *s, struct err *e)
{
    sqlite3_stmt *q = c1zdb_prepare(&s->db,
        "SELECT id, entitlement_id, principal_resource_type_id, principal_resource_id, data FROM v1_grants"
        " WHERE id > ?1 ORDER BY id",
        e);
    int r;

    if (q == NULL)
        return -1;
    sqlite3_bind_int64(q, 1, s->base);
    while ((r = c1zdb_step(&s->db, q, e)) > 0)
        if (scan_row(x, q, e) < 0) {
            r = -1;
            break;
        }
    sqlite3_finalize(q);
    return r;
}

static int prepare(struct holders *h, struct err *e)
{
    if (c1zdb_exec(h->db, "CREATE TEMP TABLE held (node INTEGER, principal INTEGER, row INTEGER, flags INTEGER)", e) <
        0)
        return -1;
    h->add = c1zdb_prepare(h->db, "INSERT INTO temp.held VALUES (?1, ?2, ?3, ?4)", e);
    return h->add == NULL ? -1 : 0;
}

/* Sort what was found. */
static int sort(struct holders *h, struct err *e)
{
    if (c1zdb_exec(h->db, "CREATE INDEX temp.held_by_node ON held (node, principal, row, flags)", e) < 0)
        return -1;
    h->read = c1zdb_prepare(h->db,
        "SELECT principal, row, flags FROM temp.held INDEXED BY held_by_node WHERE node = ?1 ORDER BY principal, row",
        e);
    return h->read == NULL ? -1 : 0;
}

int holders_open(
    struct holders *h, struct store *s, const struct graph *g, struct principals *p, uint64_t *total, struct err *e)
{
    struct scan x = {.h = h, .g = g, .p = p, .node = NAMES_NONE};
    int r;

    *h = (struct holders){.db = &s->db, .n_nodes = g->nodes.len};
    *total = 0;
    buf_init(&x.plain, 4 * RECORD_ID_MAX);
    h->kept = calloc(h->n_nodes + 1, sizeof(*h->kept));
    x.counts = calloc(h->n_nodes + 1, sizeof(*x.counts));
    if (h->kept == NULL || x.counts == NULL)
        r = no_memory(e);
    else
        r = prepare(h, e);
    if (r == 0)
        r = scan_grants(&x, s, e);
    if (r == 0)
        r = sort(h, e);
    for (size_t i = 0; r == 0 && i < g->n_edges; i++)
        *total += x.counts[g->edges[i].from];
    free(x.counts);
    buf_release(&x.plain);
    return r;
}

/* Forget all lists that are kept. */
static void forget(struct holders *h)
{
    for (size_t i = 0; h->kept != NULL && i < h->n_nodes; i++) {
        free(h->kept[i].list);
        h->kept[i] = (struct holder_list){0};
    }
    h->n_kept = 0;
}

void holders_release(struct holders *h)
{
    forget(h);
    free(h->kept);
    free(h->scratch.list);
    sqlite3_finalize(h->add);
    sqlite3_finalize(h->read);
    *h = (struct holders){0};
}

int holders_add(struct holders *h, uint32_t node, const struct holder *holder, struct err *e)
{
    sqlite3_bind_int64(h->add, 1, node);
    sqlite3_bind_int64(h->add, 2, holder->principal);
    sqlite3_bind_int64(h->add, 3, holder->row);
    sqlite3_bind_int(h->add, 4, (holder->direct ? FLAG_DIRECT : 0) | (holder->plain ? FLAG_PLAIN : 0));
    return c1zdb_run(h->db, h->add, e);
}

static int append(struct holder_list *l, sqlite3_stmt *q, struct err *e)
{
    struct holder *list = grow_array(l->list, &l->cap, l->len + 1, UINT32_MAX, sizeof(*list));
    int flags = sqlite3_column_int(q, 2);

    if (list == NULL)
        return no_memory(e);
    l->list = list;
    list[l->len++] = (struct holder){
        .principal = (uint32_t)sqlite3_column_int64(q, 0),
        .direct = (flags & FLAG_DIRECT) != 0,
        .plain = (flags & FLAG_PLAIN) != 0,
        .row = sqlite3_column_int64(q, 1),
    };
    return 0;
}

/* Read the holders of ${node} into ${h}->scratch. */
static int read_list(struct holders *h, uint32_t node, struct err *e)
{
    int r;

    h->scratch.len = 0;
    sqlite3_bind_int64(h->read, 1, node);
    while ((r = c1zdb_step(h->db, h->read, e)) > 0)
        if (append(&h->scratch, h->read, e) < 0) {
            r = -1;
            break;
        }
    sqlite3_reset(h->read);
    return r;
}

/* Keep a copy of the list read last as that of ${node}, if it is not too long; memory that is lacking is no failure. */
static void keep_list(struct holders *h, uint32_t node)
{
    size_t len = h->scratch.len;
    struct holder *copy;

    if (len == 0 || len > HOLDERS_KEPT)
        return;
    if (h->n_kept + len > HOLDERS_KEPT)
        forget(h);
    copy = reallocarray(NULL, len, sizeof(*copy));
    if (copy == NULL)
        return;
    memcpy(copy, h->scratch.list, len * sizeof(*copy));
    h->kept[node] = (struct holder_list){copy, len, len};
    h->n_kept += len;
}

int holders_of(struct holders *h, uint32_t node, bool keep, const struct holder_list **list, struct err *e)
{
    *list = &h->scratch;
    if (h->kept[node].len > 0) {
        *list = &h->kept[node];
        return 0;
    }
    if (read_list(h, node, e) < 0)
        return -1;
    if (keep)
        keep_list(h, node);
    return 0;
}
