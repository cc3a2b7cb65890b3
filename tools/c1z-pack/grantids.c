#include "grantids.h"

#include <string.h>

/* What each of the two sorts holds. */
#define NUMBERS_IN_MEMORY ((size_t)8 << 20)
#define TEXTS_IN_MEMORY ((size_t)8 << 20)

/* An id of the convention: three of the greatest length. */
#define ID_MAX ((size_t)4 * RECORD_ID_MAX)

void grantids_close(struct grantids *x)
{
    ranks_release(&x->entitlements);
    ranks_release(&x->principals);
    numsort_free(x->numbers);
    extsort_free(x->texts);
    buf_release(&x->number_id);
    buf_release(&x->last);
    *x = (struct grantids){0};
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for the ids of grants");
}

/* Hand the id of grant number ${number} to the sort that it belongs to. */
static int add(struct grantids *x, uint64_t number, struct err *e)
{
    struct grant grant;
    uint64_t name;

    if (grants_read(x->g, number, &grant, e) < 0)
        return -1;
    name = x->lines ? grant.line : number;
    if (grant.line == 0)
        return 0;
    /* As texts, "a:" + "b" would come before "a" + "z" + "b". */
    if (grant.conventional && !x->entitlements.prefixed)
        return numsort_add(x->numbers,
            (uint64_t)x->entitlements.of[grant.entitlement] << 32 | x->principals.of[grant.principal], name, e);
    buf_clear(&x->number_id);
    grants_id(x->g, &grant, &x->number_id);
    if (x->number_id.failed)
        return no_memory(e);
    return extsort_add(x->texts, span_of_buf(&x->number_id), (struct span){NULL, 0}, name, e);
}

/* Make the next id of the numbers. */
static int next_number(struct grantids *x, struct err *e)
{
    struct numpair pair;
    int r = numsort_next(x->numbers, &pair, e);

    x->more_numbers = r > 0;
    if (r <= 0)
        return r;
    x->number_of = pair.value;
    buf_clear(&x->number_id);
    grants_put_id(&x->number_id, x->g->entitlements.list[x->entitlements.at[pair.key >> 32]],
        x->g->principals.list[x->principals.at[pair.key & UINT32_MAX]]);
    return x->number_id.failed ? no_memory(e) : 1;
}

static int next_text(struct grantids *x, struct err *e)
{
    struct span nothing;
    int r = extsort_next(x->texts, &x->text_id, &nothing, &x->text_of, e);

    x->more_texts = r > 0;
    return r;
}

int grantids_open(struct grantids *x, struct grants *g, const char *dir, bool lines, struct err *e)
{
    *x = (struct grantids){.g = g, .lines = lines};
    buf_init(&x->number_id, ID_MAX);
    buf_init(&x->last, ID_MAX);
    if (refs_rank(&g->entitlements, refs_by_grant_id, &x->entitlements, e) < 0 ||
        refs_rank(&g->principals, refs_by_grant_id, &x->principals, e) < 0)
        return -1;
    x->numbers = numsort_new(dir, NUMBERS_IN_MEMORY, e);
    x->texts = extsort_new(dir, TEXTS_IN_MEMORY, e);
    if (x->numbers == NULL || x->texts == NULL)
        return -1;
    for (uint64_t i = 0; i < g->n; i++)
        if (add(x, i, e) < 0)
            return -1;
    return next_number(x, e) < 0 || next_text(x, e) < 0 ? -1 : 0;
}

/* Which of the two comes first; of the same ids, that of the lesser grant. */
static bool number_is_next(const struct grantids *x)
{
    int order;

    if (!x->more_numbers || !x->more_texts)
        return x->more_numbers;
    order = span_compare(span_of_buf(&x->number_id), x->text_id);
    return order < 0 || (order == 0 && x->number_of < x->text_of);
}

int grantids_next(struct grantids *x, struct grantid *id, struct err *e)
{
    bool number = number_is_next(x);

    if (!x->more_numbers && !x->more_texts)
        return 0;
    id->id = number ? span_of_buf(&x->number_id) : x->text_id;
    id->grant = number ? x->number_of : x->text_of;
    id->same = x->any && span_compare(id->id, span_of_buf(&x->last)) == 0;
    x->any = true;
    buf_clear(&x->last);
    buf_append(&x->last, id->id.data, id->id.len);
    if (x->last.failed)
        return no_memory(e);
    id->id = span_of_buf(&x->last);
    return (number ? next_number(x, e) : next_text(x, e)) < 0 ? -1 : 1;
}
