#include "diff.h"

#include <limits.h>
#include <string.h>

#include "compare.h"
#include "pbwire.h"
#include "stash.h"
#include "tempfile.h"

/* What grants that wait for their other half may take in memory. */
#define WAITING_BYTES ((size_t)1 << 20)

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

/*
 * Grants of one entitlement and principal that have no other half with the same id, in the order of their ids: of one
 * side at a time, ${is_old}, for the next one of the other side takes the first away.  ${n} of them are in ${stash}
 * from ${at} on, each as its struct stored, its id and its message.  ${bytes} is for packing, ${arena} has the one that
 * was taken.
 */
struct waiting {
    bool is_old;
    size_t n;
    uint64_t at;
    struct stash stash;
    struct buf bytes;
    struct arena arena;
};

struct stored {
    size_t id_len, message_len;
};

/*
 * State of a walk: the two readings, how to compare, and who is told.  ${key} is the row of the grants that are paired,
 * its texts in ${texts}; its id is that of the one that was taken from ${waiting}.
 */
struct walk {
    struct side *sides[2];
    struct reading old, new;
    struct compare compare;
    struct c1zread_row key;
    struct buf texts;
    struct waiting waiting;
    int (*found)(void *to, const struct change *change, struct err *e);
    void *to;
    int changes;
};

static int tell(struct walk *w, const struct change *change, struct err *e)
{
    int differ = 1;

    if (change->old != NULL && change->new != NULL)
        differ = compare_differ(&w->compare, change->old, change->new, e);
    if (differ < 0 || (differ > 0 && w->found(w->to, change, e) < 0))
        return -1;
    w->changes += differ > 0 && w->changes < INT_MAX;
    return 0;
}

/* Tell of the records that stand first, of one side (${order} is negative: the old, positive: the new) or both (0). */
static int step(struct walk *w, enum kind kind, int order, struct err *e)
{
    struct change change = {
        .kind = kind,
        .row = order >= 0 ? &w->new.row : &w->old.row,
        .old = order <= 0 ? w->old.message : NULL,
        .new = order >= 0 ? w->new.message : NULL,
    };

    if (tell(w, &change, e) < 0 || (order <= 0 && advance(&w->old, kind, e) < 0))
        return -1;
    return order >= 0 ? advance(&w->new, kind, e) : 0;
}

/* Grants of one entitlement and principal. */

static struct json_str keep(struct buf *texts, struct json_str text)
{
    const char *at = texts->data + texts->len;

    buf_append(texts, text.s, text.len);
    return (struct json_str){at, text.len};
}

/* Make ${w}->key what the grants have in common whose first is ${row}. */
static int keep_key(struct walk *w, const struct c1zread_row *row, struct err *e)
{
    struct buf *texts = &w->texts;

    buf_clear(texts);
    /* The texts stay where they are when there is room for all. */
    if (buf_reserve(texts, 1 + row->on.type.len + row->on.id.len + row->entitlement.len + row->principal.type.len +
                               row->principal.id.len) == NULL)
        return err_set(e, EX_OSERR, "no memory for the ids of a grant");
    w->key = (struct c1zread_row){
        .on = {keep(texts, row->on.type), keep(texts, row->on.id)},
        .entitlement = keep(texts, row->entitlement),
        .principal = {keep(texts, row->principal.type), keep(texts, row->principal.id)},
    };
    return 0;
}

static int put_waiting(struct waiting *g, const struct reading *r, struct err *e)
{
    struct stored stored = {.id_len = r->row.id.len};

    buf_clear(&g->bytes);
    buf_append(&g->bytes, r->row.id.s, r->row.id.len);
    pbwire_pack(&g->bytes, r->message);
    if (g->bytes.failed)
        return err_set(e, EX_OSERR, "no memory for a grant");
    stored.message_len = g->bytes.len - stored.id_len;
    if (stash_put(&g->stash, &stored, sizeof(stored), e) < 0 ||
        stash_put(&g->stash, g->bytes.data, g->bytes.len, e) < 0)
        return -1;
    g->n++;
    return 0;
}

/* Take the first one that waits, a message of ${type}: its id is ${w}->key.id. */
static int take_waiting(
    struct walk *w, const ProtobufCMessageDescriptor *type, ProtobufCMessage **message, struct err *e)
{
    struct waiting *g = &w->waiting;
    const void *p = stash_at(&g->stash, g->at, sizeof(struct stored), e);
    struct stored stored;

    if (p == NULL)
        return -1;
    memcpy(&stored, p, sizeof(stored));
    p = stash_at(&g->stash, g->at + sizeof(stored), stored.id_len + stored.message_len, e);
    if (p == NULL)
        return -1;
    g->at += sizeof(stored) + stored.id_len + stored.message_len;
    g->n--;
    w->key.id = (struct json_str){p, stored.id_len};
    arena_reset(&g->arena);
    return pbwire_unpack(type, (const char *)p + stored.id_len, stored.message_len, &g->arena, message, e);
}

/* The grant that stands first on one side has no other half with its id: pair it with one that waits, or let it wait. */
static int pair_first(struct walk *w, bool is_old, struct err *e)
{
    struct reading *r = is_old ? &w->old : &w->new;
    struct change change = {.kind = KIND_GRANT, .row = is_old ? &w->key : &r->row};
    ProtobufCMessage *other;

    if (w->waiting.n == 0 || w->waiting.is_old == is_old) {
        w->waiting.is_old = is_old;
        return put_waiting(&w->waiting, r, e) < 0 ? -1 : advance(r, KIND_GRANT, e);
    }
    if (take_waiting(w, r->message->descriptor, &other, e) < 0)
        return -1;
    change.old = is_old ? r->message : other;
    change.new = is_old ? other : r->message;
    return tell(w, &change, e) < 0 ? -1 : advance(r, KIND_GRANT, e);
}

/* Tell of those that still wait: the other side has fewer. */
static int tell_waiting(struct walk *w, const ProtobufCMessageDescriptor *type, struct err *e)
{
    ProtobufCMessage *message;
    int r = 0;

    while (r == 0 && w->waiting.n > 0) {
        struct change change = {.kind = KIND_GRANT, .held = true, .row = &w->key};

        r = take_waiting(w, type, &message, e);
        change.old = r == 0 && w->waiting.is_old ? message : NULL;
        change.new = r == 0 && !w->waiting.is_old ? message : NULL;
        if (r == 0)
            r = tell(w, &change, e);
    }
    return r;
}

static bool has_key(const struct walk *w, const struct reading *r)
{
    return r->more > 0 && c1zread_compare_held(&r->row, &w->key) == 0;
}

/* Both sides have grants of one entitlement and principal: go through all of them. */
static int walk_held(struct walk *w, struct err *e)
{
    const ProtobufCMessageDescriptor *type = w->new.message->descriptor;
    bool old = true, new = true;
    int r = keep_key(w, &w->new.row, e);

    stash_open(&w->waiting.stash, tempfile_dir(), WAITING_BYTES);
    w->waiting.at = 0;
    w->waiting.n = 0;
    while (r == 0 && (old || new)) {
        int order = !new ? -1 : !old ? 1 : c1zread_compare(KIND_GRANT, &w->old.row, &w->new.row);

        r = order == 0 ? step(w, KIND_GRANT, 0, e) : pair_first(w, order < 0, e);
        old = has_key(w, &w->old);
        new = has_key(w, &w->new);
    }
    if (r == 0)
        r = tell_waiting(w, type, e);
    stash_close(&w->waiting.stash);
    return r;
}

/* Which of the two stands first: negative the old, positive the new, 0 both. */
static int first(enum kind kind, const struct reading *old, const struct reading *new)
{
    if (old->more == 0 || new->more == 0)
        return new->more == 0 ? -1 : 1;
    return kind == KIND_GRANT ? c1zread_compare_held(&old->row, &new->row)
                              : c1zread_compare(kind, &old->row, &new->row);
}

static int walk_kind(struct walk *w, enum kind kind, struct err *e)
{
    if (begin(&w->old, w->sides[0], kind, e) < 0 || begin(&w->new, w->sides[1], kind, e) < 0)
        return -1;
    while (w->old.more > 0 || w->new.more > 0) {
        int order = first(kind, &w->old, &w->new);

        if ((order == 0 && kind == KIND_GRANT ? walk_held(w, e) : step(w, kind, order, e)) < 0)
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
    arena_init(&w.waiting.arena, MESSAGE_BYTES_MAX);
    buf_init(&w.waiting.bytes, MESSAGE_BYTES_MAX);
    buf_init(&w.texts, MESSAGE_BYTES_MAX);
    compare_init(&w.compare);
    for (enum kind kind = 0; r == 0 && kind < KIND_COUNT; kind++)
        r = walk_kind(&w, kind, e);
    finish(&w.old);
    finish(&w.new);
    compare_release(&w.compare);
    arena_release(&w.old.arena);
    arena_release(&w.new.arena);
    arena_release(&w.waiting.arena);
    buf_release(&w.waiting.bytes);
    buf_release(&w.texts);
    return r < 0 ? -1 : w.changes;
}
