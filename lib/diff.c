#include "diff.h"

#include <limits.h>

#include "compare.h"

/* What one record may take as a message. */
#define MESSAGE_BYTES_MAX ((size_t)2 << 30)

/* The records of one sync. ${more} is what c1zread_next said last. */
struct reading {
    struct c1zread_rows *rows;
    struct c1zread_row row;
    struct arena arena;
    ProtobufCMessage *message;
    int more;
};

static int advance(struct reading *r, enum kind kind, struct err *e)
{
    r->more = c1zread_next(r->rows, &r->row, e);
    if (r->more <= 0)
        return r->more;
    arena_reset(&r->arena);
    if (c1zread_message(r->rows, &r->arena, &r->message, e) < 0)
        return -1;
    compare_reduce(kind, r->message, &r->arena);
    return r->arena.failed ? err_set(e, EX_OSERR, "no memory for a record") : 0;
}

static int begin(struct reading *r, struct side *side, enum kind kind, struct err *e)
{
    struct c1zread_query query = {side->sync, kind, C1ZREAD_SORTED, C1ZREAD_WHOLE};

    r->rows = c1zread_rows(side->file, &query, e);
    return r->rows == NULL ? -1 : advance(r, kind, e);
}

static void finish(struct reading *r)
{
    c1zread_rows_close(r->rows);
    r->rows = NULL;
}

/* Which of the two stands first: negative the old, positive the new, 0 both. */
static int first(enum kind kind, const struct reading *old, const struct reading *new)
{
    if (old->more == 0 || new->more == 0)
        return new->more == 0 ? -1 : 1;
    return c1zread_compare(kind, &old->row, &new->row);
}

/* What differs in the records that stand first, in ${change}. Return whether anything does, or -1. */
static int look(struct compare *c, struct reading *old, struct reading *new, struct change *change, struct err *e)
{
    int order = first(change->kind, old, new);

    change->old = order <= 0 ? old->message : NULL;
    change->new = order >= 0 ? new->message : NULL;
    change->row = order >= 0 ? &new->row : &old->row;
    return order != 0 ? 1 : compare_differ(c, old->message, new->message, e);
}

/* State of a walk: the two readings, how to compare, and who is told. */
struct walk {
    struct side *sides[2];
    struct reading old, new;
    struct compare compare;
    int (*found)(void *to, const struct change *change, struct err *e);
    void *to;
    int changes;
};

static int walk_kind(struct walk *w, enum kind kind, struct err *e)
{
    if (begin(&w->old, w->sides[0], kind, e) < 0 || begin(&w->new, w->sides[1], kind, e) < 0)
        return -1;
    while (w->old.more > 0 || w->new.more > 0) {
        struct change change = {.kind = kind};
        int differ = look(&w->compare, &w->old, &w->new, &change, e);

        if (differ < 0 || (differ > 0 && w->found(w->to, &change, e) < 0))
            return -1;
        w->changes += differ > 0 && w->changes < INT_MAX;
        if ((change.old != NULL && advance(&w->old, kind, e) < 0) ||
            (change.new != NULL &&advance(&w->new, kind, e) < 0))
            return -1;
    }
    finish(&w->old);
    finish(&w->new);
    return 0;
}

int diff_walk(struct side *old, struct side *new, int (*found)(void *to, const struct change *change, struct err *e),
    void *to, struct err *e)
{
    struct walk w = {.sides = {old, new}, .found = found, .to = to};
    int r = 0;

    arena_init(&w.old.arena, MESSAGE_BYTES_MAX);
    arena_init(&w.new.arena, MESSAGE_BYTES_MAX);
    compare_init(&w.compare);
    for (enum kind kind = 0; r == 0 && kind < KIND_COUNT; kind++)
        r = walk_kind(&w, kind, e);
    finish(&w.old);
    finish(&w.new);
    compare_release(&w.compare);
    arena_release(&w.old.arena);
    arena_release(&w.new.arena);
    return r < 0 ? -1 : w.changes;
}
