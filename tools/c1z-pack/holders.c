#include "holders.h"

#include <stdlib.h>
#include <string.h>

#include "numsort.h"
#include "sources.h"

#define SORT_IN_MEMORY ((size_t)8 << 20)

/* Two bits beside the number of a grant. */
enum { FLAG_DIRECT = 1, FLAG_PLAIN = 2, FLAG_BITS = 2 };

/* What finding the holders needs; ${plain} is a principal as it is compared. */
struct scan {
    struct holders *h;
    struct grants *g;
    const struct principals *p;
    struct numsort *sort;
    struct buf plain;
};

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the holders of entitlements");
}

/* Whether ${message}, a Grant, has type and id of its principal, ${who}, and no more. */
static bool is_plain(struct scan *x, struct wire_bytes message, struct ref who)
{
    struct wire_bytes plain, principal = wire_find(message, GRANT_PRINCIPAL);

    buf_clear(&x->plain);
    grants_put_resource(&x->plain, GRANT_PRINCIPAL, who);
    plain = wire_find((struct wire_bytes){(const uint8_t *)x->plain.data, x->plain.len}, GRANT_PRINCIPAL);
    return !x->plain.failed && wire_same(plain, principal);
}

/* Take grant number ${number}, if it is one of a node. */
static int scan_grant(struct scan *x, uint64_t number, struct err *e)
{
    struct grant grant;
    uint64_t flags = FLAG_DIRECT | FLAG_PLAIN;
    uint32_t node;

    if (grants_read(x->g, number, &grant, e) < 0)
        return -1;
    node = x->h->node[grant.entitlement];
    if (grant.line == 0 || node == NAMES_NONE)
        return 0;
    if (!grant.plain) {
        struct wire_bytes id = ref_entitlement(x->g->entitlements.list[grant.entitlement]);

        flags = (sources_direct(grant.message, id) ? FLAG_DIRECT : 0) |
                (is_plain(x, grant.message, x->g->principals.list[grant.principal]) ? FLAG_PLAIN : 0);
    }
    return numsort_add(x->sort, (uint64_t)node << 32 | x->p->ranks.of[grant.principal], number << FLAG_BITS | flags, e);
}

/* Put the sorted holders into the stash, and note where those of each node are. */
static int keep_sorted(struct scan *x, struct err *e)
{
    struct holders *h = x->h;
    struct numpair pair;
    int r;

    while ((r = numsort_next(x->sort, &pair, e)) > 0) {
        struct holder_range *range = &h->of[pair.key >> 32];
        struct holder holder = {.principal = (uint32_t)pair.key,
            .direct = (pair.value & FLAG_DIRECT) != 0,
            .plain = (pair.value & FLAG_PLAIN) != 0,
            .grant = pair.value >> FLAG_BITS};

        if (range->n++ == 0)
            range->at = h->stash.len / sizeof(holder);
        if (stash_put(&h->stash, &holder, sizeof(holder), e) < 0)
            return -1;
    }
    return r;
}

static int scan(struct scan *x, const char *dir, struct err *e)
{
    x->sort = numsort_new(dir, SORT_IN_MEMORY, e);
    if (x->sort == NULL)
        return -1;
    for (uint64_t i = 0; i < x->g->n; i++)
        if (scan_grant(x, i, e) < 0)
            return -1;
    return keep_sorted(x, e);
}

int holders_open(struct holders *h, struct grants *g, const struct graph *graph, const struct principals *p,
    const char *dir, struct err *e)
{
    struct scan x = {.h = h, .g = g, .p = p};
    int r;

    *h = (struct holders){.n_nodes = graph->nodes.len};
    stash_open(&h->stash, dir, HOLDERS_IN_MEMORY);
    h->of = calloc(h->n_nodes + 1, sizeof(*h->of));
    h->node = calloc(g->entitlements.len + 1, sizeof(*h->node));
    if (h->of == NULL || h->node == NULL)
        return no_memory(e);
    for (size_t i = 0; i < g->entitlements.len; i++)
        h->node[i] = names_find(&graph->nodes, ref_entitlement(g->entitlements.list[i]));
    buf_init(&x.plain, (size_t)4 * RECORD_ID_MAX);
    r = scan(&x, dir, e);
    numsort_free(x.sort);
    buf_release(&x.plain);
    return r;
}

void holders_close(struct holders *h)
{
    stash_close(&h->stash);
    free(h->of);
    free(h->node);
    *h = (struct holders){0};
}

const struct holder *holders_of(struct holders *h, uint32_t node, size_t *n, struct err *e)
{
    static const struct holder none[1];

    *n = h->of[node].n;
    if (*n == 0)
        return none;
    /* Holders are put whole, and a window begins with one, so each stands as its struct is to be aligned. */
    return stash_at(&h->stash, h->of[node].at * sizeof(struct holder), *n * sizeof(struct holder), e);
}

int holders_set(struct holders *h, uint32_t node, const struct holder *list, size_t n, struct err *e)
{
    h->of[node] = (struct holder_range){h->stash.len / sizeof(*list), (uint32_t)n};
    return stash_put(&h->stash, list, n * sizeof(*list), e);
}
