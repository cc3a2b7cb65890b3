#include "sides.h"

#include <string.h>

#include "bytes.h"
#include "c1zmanifest.h"
#include "log.h"

static int choose(struct side *side, const char *id, struct err *e)
{
    struct c1zread_choice choice;

    if (c1zread_choose(side->file, id, &choice, e) < 0)
        return -1;
    side->sync = choice.sync;
    return 0;
}

/* The finished full sync of ${old}'s file that ended last before ${newest}. */
static int choose_before(struct side *old, const struct c1zread_sync *newest, const char *advice, struct err *e)
{
    size_t n;
    const struct c1zread_sync *syncs = c1zread_syncs(old->file, &n);

    if (newest->ended_at == NULL)
        return err_set(e, EX_DATAERR, "'%s': sync '%s' is not finished, so none ended before it%s%s",
            c1zread_name(old->file), newest->id, advice != NULL ? ": " : "", advice != NULL ? advice : "");
    for (size_t i = 0; i < n; i++)
        if (c1zread_whole(&syncs[i]) && &syncs[i] != newest && strcmp(syncs[i].ended_at, newest->ended_at) <= 0 &&
            (old->sync == NULL || strcmp(syncs[i].ended_at, old->sync->ended_at) > 0))
            old->sync = &syncs[i];
    return old->sync != NULL ? 0
                             : err_set(e, EX_DATAERR, "'%s' has no finished full sync before '%s'",
                                   c1zread_name(old->file), newest->id);
}

/* Warn with ${msg} of ${kinds}, if there are any. */
static void warn_kinds(const struct side *side, const char *msg, struct buf *kinds)
{
    if (kinds->len > 0 || kinds->failed)
        log_warn(msg, LOG_STR("file", c1zread_name(side->file)), LOG_STR("sync", side->sync->id),
            LOG_STR("kinds", buf_cstr(kinds) != NULL ? kinds->data : "..."));
}

static int warn_left_out(const struct side *side, const struct c1zmanifest *m, struct err *e)
{
    struct buf kinds;
    int n;

    buf_init(&kinds, C1ZMANIFEST_KINDS_MAX);
    n = c1zmanifest_left_out_kinds(m, &kinds, e);
    if (n > 0)
        warn_kinds(
            side, "records were left out of the sync on purpose: what is missing there may be among them", &kinds);
    buf_release(&kinds);
    return n < 0 ? -1 : 0;
}

/* Warn of what the sync does not know; ${hidden} gets the kinds that are compared with those of the other side. */
static int warn(const struct side *side, struct buf *hidden, struct err *e)
{
    struct c1zmanifest m;
    int r = c1zmanifest_read(&m, side->file, side->sync, e);

    if (r == 0 && m.gaps > 0)
        log_warn("the sync has gaps: what is missing there may only not have been seen",
            LOG_STR("file", c1zread_name(side->file)), LOG_STR("sync", side->sync->id),
            LOG_INT("gaps", (int64_t)m.gaps));
    if (r == 0 && !c1zread_whole(side->sync))
        log_warn(side->sync->ended_at == NULL ? "the sync is not finished" : "the sync is not full",
            LOG_STR("file", c1zread_name(side->file)), LOG_STR("sync", side->sync->id));
    else if (r == 0)
        r = warn_left_out(side, &m, e);
    if (r == 0 && c1zmanifest_hidden_kinds(&m, hidden, e) < 0)
        r = -1;
    c1zmanifest_release(&m);
    return r;
}

static int warn_both(const struct side *old, const struct side *new, struct err *e)
{
    static const char msg[] = "the application was not shown all that gives access: "
                              "what is missing there may only not have been seen";
    struct buf before, now;
    int r;

    buf_init(&before, C1ZMANIFEST_KINDS_MAX);
    buf_init(&now, C1ZMANIFEST_KINDS_MAX);
    r = warn(old, &before, e) < 0 || warn(new, &now, e) < 0 ? -1 : 0;
    /* As a rule the same is hidden from both, as of one application; then it makes no difference. */
    if (r == 0 && (now.failed || !bytes_equal(before.data, before.len, now.data, now.len))) {
        warn_kinds(old, msg, &before);
        warn_kinds(new, msg, &now);
    }
    buf_release(&before);
    buf_release(&now);
    return r;
}

static int open_files(const struct sides_options *o, struct side *old, struct side *new, struct err *e)
{
    new->file = c1zread_open(o->new_file != NULL ? o->new_file : o->old_file, e);
    if (new->file == NULL || choose(new, o->new_sync, e) < 0)
        return -1;
    old->owned = o->new_file != NULL;
    old->file = old->owned ? c1zread_open(o->old_file, e) : new->file;
    if (old->file == NULL)
        return -1;
    if (old->owned || o->old_sync != NULL)
        return choose(old, o->old_sync, e);
    return choose_before(old, new->sync, o->advice, e);
}

int sides_open(const struct sides_options *o, struct side *old, struct side *new, struct err *e)
{
    *old = (struct side){0};
    *new = (struct side){.owned = true};
    if (open_files(o, old, new, e) < 0 || warn_both(old, new, e) < 0)
        return -1;
    if (c1znames_load(&old->names, old->file, old->sync, e) < 0)
        return -1;
    return c1znames_load(&new->names, new->file, new->sync, e);
}

static void close_side(struct side *side)
{
    c1znames_release(&side->names);
    if (side->owned)
        c1zread_close(side->file);
    side->file = NULL;
}

void sides_close(struct side *old, struct side *new)
{
    close_side(old);
    close_side(new);
}
