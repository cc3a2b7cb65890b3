#include "gains.h"

#include <string.h>

#define SORT_IN_MEMORY ((size_t)8 << 20)

/* The most a grant may take, with all its sources. */
#define GRANT_BYTES_MAX ((size_t)512 << 20)

int gains_open(struct gains *x, const char *dir, struct err *e)
{
    *x = (struct gains){0};
    buf_init(&x->message, GRANT_BYTES_MAX);
    buf_init(&x->changed, GRANT_BYTES_MAX);
    x->sort = numsort_new(dir, SORT_IN_MEMORY, e);
    return x->sort == NULL ? -1 : 0;
}

void gains_close(struct gains *x)
{
    numsort_free(x->sort);
    sources_release(&x->gained);
    sources_release(&x->held);
    buf_release(&x->message);
    buf_release(&x->changed);
    *x = (struct gains){0};
}

int gains_add(struct gains *x, uint64_t grant, const uint32_t *sources, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (numsort_add(x->sort, grant, sources[i], e) < 0)
            return -1;
    return 0;
}

/* Give grant number ${number} the message of ${x} with ${x}->held for its sources. */
static int rewrite(struct gains *x, struct grants *g, uint64_t number, struct err *e)
{
    struct wire w = wire_begin((struct wire_bytes){(const uint8_t *)x->message.data, x->message.len});
    struct wire_field f;

    buf_clear(&x->changed);
    while (wire_next(&w, &f))
        if (f.number != GRANT_SOURCES)
            wire_put_raw(&x->changed, f.whole);
    sources_put(&x->changed, &x->held);
    if (x->changed.failed)
        return err_set(e, EX_OSERR, "no memory for a grant");
    if (w.bad)
        return err_set(e, EX_SOFTWARE, "a stored grant cannot be read back");
    return grants_change(g, number, (struct wire_bytes){(const uint8_t *)x->changed.data, x->changed.len}, e);
}

/* Add ${x}->gained to grant number ${number}, and what makes it a direct one if it had no sources. */
static int apply(struct gains *x, struct grants *g, uint64_t number, struct err *e)
{
    struct grant grant;
    bool none, changed;

    if (grants_read(g, number, &grant, e) < 0)
        return -1;
    buf_clear(&x->message);
    grants_put_message(g, &grant, &x->message);
    if (x->message.failed)
        return err_set(e, EX_OSERR, "no memory for a grant");
    x->held.len = 0;
    if (sources_read(&x->held, (struct wire_bytes){(const uint8_t *)x->message.data, x->message.len}, e) < 0)
        return -1;
    none = x->held.len == 0;
    if (none && sources_append(
                    &x->held, (struct source){ref_entitlement(g->entitlements.list[grant.entitlement]), true}, e) < 0)
        return -1;
    sources_settle(&x->held);
    sources_settle(&x->gained);
    if (sources_unite(&x->held, &x->gained, &changed, e) < 0)
        return -1;
    return changed || none ? rewrite(x, g, number, e) : 0;
}

int gains_apply(struct gains *x, struct grants *g, struct err *e)
{
    struct numpair pair;
    uint64_t grant = 0;
    int r;

    while ((r = numsort_next(x->sort, &pair, e)) > 0) {
        struct source source = {
            ref_entitlement(g->entitlements.list[(uint32_t)pair.value >> 1]), (pair.value & 1) != 0};

        if (x->gained.len > 0 && pair.key != grant) {
            if (apply(x, g, grant, e) < 0)
                return -1;
            x->gained.len = 0;
        }
        grant = pair.key;
        if (sources_append(&x->gained, source, e) < 0)
            return -1;
    }
    return r == 0 && x->gained.len > 0 ? apply(x, g, grant, e) : r;
}
