#include "c1zread.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "c1z.h"
#include "c1zread_engine.h"
#include "grow.h"

/*
 * One open file.
 * 1. ${file} is ${engine}'s, and ${list} is what it found there.
 * 2. ${fd} is open as long as ${file} is.
 */
struct c1zread {
    const struct c1zread_engine *engine;
    struct c1zread_file *file;
    struct c1zread_list list;
    const char *name;
    int fd;
};

struct c1zread_rows {
    const struct c1zread_engine *engine;
    struct c1zread_cursor *cursor;
};

/* The engine for the file at ${fd}, whose magic is read, or NULL. */
static const struct c1zread_engine *find_engine(int fd, const char *name, struct err *e)
{
    enum c1z_format format;

    if (c1z_format(fd, name, &format, e) < 0)
        return NULL;
    switch (format) {
    case C1Z_V1:
        return &c1zread_v1;
    case C1Z_V3:
        return &c1zread_v3;
    default:
        err_set(e, EX_DATAERR, "'%s' is empty", name);
        return NULL;
    }
}

static int open_file(struct c1zread *r, const char *name, struct err *e)
{
    bool standard = strcmp(name, "-") == 0;

    r->name = standard ? "standard input" : name;
    r->fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(name, O_RDONLY | O_CLOEXEC);
    if (r->fd < 0)
        return err_open(e, r->name);
    r->engine = find_engine(r->fd, r->name, e);
    if (r->engine == NULL)
        return -1;
    r->file = r->engine->open(r->fd, r->name, &r->list, e);
    return r->file == NULL ? -1 : 0;
}

struct c1zread *c1zread_open(const char *name, struct err *e)
{
    struct c1zread *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    if (open_file(r, name, e) == 0)
        return r;
    c1zread_close(r);
    return NULL;
}

static void free_sync(struct c1zread_sync *s)
{
    free(s->id);
    free(s->started_at);
    free(s->ended_at);
    free(s->type);
    free(s->parent);
}

void c1zread_close(struct c1zread *r)
{
    if (r == NULL)
        return;
    if (r->file != NULL)
        r->engine->close(r->file);
    if (r->fd >= 0)
        close(r->fd);
    for (size_t i = 0; i < r->list.n; i++)
        free_sync(&r->list.syncs[i]);
    free(r->list.syncs);
    free(r);
}

/* Syncs. */

static char *copy_text(const char *name, const char *what, struct json_str text, struct err *e)
{
    char *copy;

    if (text.len == 0)
        text.s = "";
    if (text.len > C1ZREAD_SYNC_TEXT_MAX || memchr(text.s, '\0', text.len) != NULL || !json_utf8(text.s, text.len)) {
        err_set(e, EX_DATAERR, "'%s': the %s of a sync is no text, or too long", name, what);
        return NULL;
    }
    copy = strndup(text.s, text.len);
    if (copy == NULL)
        err_set(e, EX_OSERR, "no memory");
    return copy;
}

/* Room for one more sync, all NULL, or NULL. */
static struct c1zread_sync *grow_list(struct c1zread_list *list, const char *name, struct err *e)
{
    struct c1zread_sync *syncs;

    if (list->n == C1ZREAD_SYNCS_MAX) {
        err_set(e, EX_DATAERR, "'%s' has more than %d syncs", name, C1ZREAD_SYNCS_MAX);
        return NULL;
    }
    syncs = grow_array(list->syncs, &list->cap, list->n + 1, C1ZREAD_SYNCS_MAX, sizeof(*syncs));
    if (syncs == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    list->syncs = syncs;
    list->syncs[list->n] = (struct c1zread_sync){0};
    return &list->syncs[list->n++];
}

int c1zread_add(struct c1zread_list *list, const char *name, const struct c1zread_found *found, struct err *e)
{
    struct c1zread_sync *s = grow_list(list, name, e);

    if (s == NULL || (s->id = copy_text(name, "id", found->id, e)) == NULL ||
        (s->started_at = copy_text(name, "started_at", found->started_at, e)) == NULL ||
        (s->type = copy_text(name, "sync_type", found->type, e)) == NULL ||
        (s->parent = copy_text(name, "parent_sync_id", found->parent, e)) == NULL)
        return -1;
    if (found->ended_at.s != NULL && (s->ended_at = copy_text(name, "ended_at", found->ended_at, e)) == NULL)
        return -1;
    return s->id[0] != '\0' ? 0 : err_set(e, EX_DATAERR, "'%s' has a sync without an id", name);
}

const char *c1zread_name(const struct c1zread *r)
{
    return r->name;
}

const struct c1zread_sync *c1zread_syncs(const struct c1zread *r, size_t *n)
{
    *n = r->list.n;
    return r->list.syncs;
}

bool c1zread_whole(const struct c1zread_sync *sync)
{
    return sync->ended_at != NULL && strcmp(sync->type, "full") == 0;
}

static bool is_finished(const struct c1zread_sync *sync)
{
    return sync->ended_at != NULL;
}

static bool is_any(const struct c1zread_sync *sync)
{
    (void)sync;
    return true;
}

/* Whether ${a} comes after ${b}, by the end if both have one, else by the begin; as text, like SQL. */
static bool is_later(const struct c1zread_sync *a, const struct c1zread_sync *b)
{
    bool ended = a->ended_at != NULL && b->ended_at != NULL;
    int order = ended ? strcmp(a->ended_at, b->ended_at) : strcmp(a->started_at, b->started_at);

    return order != 0 ? order > 0 : strcmp(a->id, b->id) > 0;
}

static const struct c1zread_sync *latest(const struct c1zread_list *list, bool (*fits)(const struct c1zread_sync *))
{
    const struct c1zread_sync *best = NULL;

    for (size_t i = 0; i < list->n; i++)
        if (fits(&list->syncs[i]) && (best == NULL || is_later(&list->syncs[i], best)))
            best = &list->syncs[i];
    return best;
}

static int choose_by_id(const struct c1zread *r, const char *id, struct c1zread_choice *choice, struct err *e)
{
    for (size_t i = 0; i < r->list.n; i++)
        if (strcmp(r->list.syncs[i].id, id) == 0) {
            choice->sync = &r->list.syncs[i];
            return 0;
        }
    return err_set(e, EX_DATAERR, "'%s' has no sync '%s'", r->name, id);
}

int c1zread_choose(const struct c1zread *r, const char *id, struct c1zread_choice *choice, struct err *e)
{
    const struct c1zread_sync *finished = latest(&r->list, is_finished);

    *choice = (struct c1zread_choice){.sync = latest(&r->list, c1zread_whole)};
    if (id != NULL)
        return choose_by_id(r, id, choice, e);
    if (choice->sync != NULL && finished != choice->sync && strcmp(finished->ended_at, choice->sync->ended_at) > 0)
        choice->newer = finished;
    if (choice->sync == NULL)
        choice->sync = finished;
    if (choice->sync == NULL)
        choice->sync = latest(&r->list, is_any);
    return choice->sync != NULL ? 0 : err_set(e, EX_DATAERR, "'%s' has no sync", r->name);
}

/* Records. */

struct c1zread_rows *c1zread_rows(struct c1zread *r, const struct c1zread_query *query, struct err *e)
{
    struct c1zread_rows *rows = malloc(sizeof(*rows));

    if (rows == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    *rows = (struct c1zread_rows){r->engine, r->engine->rows(r->file, query, e)};
    if (rows->cursor != NULL)
        return rows;
    free(rows);
    return NULL;
}

void c1zread_rows_close(struct c1zread_rows *rows)
{
    if (rows == NULL)
        return;
    rows->engine->rows_close(rows->cursor);
    free(rows);
}

int c1zread_next(struct c1zread_rows *rows, struct c1zread_row *row, struct err *e)
{
    struct c1zread_row unwanted;

    return rows->engine->next(rows->cursor, row != NULL ? row : &unwanted, e);
}

int c1zread_message(struct c1zread_rows *rows, struct arena *a, ProtobufCMessage **m, struct err *e)
{
    return rows->engine->message(rows->cursor, a, m, e);
}

int c1zread_place(struct c1zread_rows *rows, struct err *e)
{
    return rows->engine->place(rows->cursor, e);
}

int c1zread_asset(struct c1zread *r, const struct c1zread_sync *sync, const char *id, struct buf *data, struct err *e)
{
    return r->engine->asset(r->file, sync, id, data, e);
}
