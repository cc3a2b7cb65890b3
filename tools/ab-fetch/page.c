#include "page.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "log.h"
#include "rawline.h"

/* Rounds of one list (page.h). */
#define ROUNDS_MAX 5

/* Pages in a row without anything new after which the server is taken to send the same ones for ever. */
#define BARREN_MAX 10

/* No tenant has so many rows that pages start here. */
#define OFFSET_MAX 100000000

/* The member of a row, or of the object in it, that names a role. */
#define ROLE_NAME "permissionType"

/* What a member of a row is to us. */
enum field { FIELD_ID, FIELD_PARENT, FIELD_SCOPE, FIELD_NAME, FIELD_EMAIL, FIELD_ROLE, FIELD_TOLD, FIELD_TOMBSTONE };

#define FIELDS_MAX (FIELD_TOMBSTONE + LEVEL_COUNT + 1)

/* A member to look out for; ${level} is that of a FIELD_SCOPE. */
struct field_name {
    const char *name;
    size_t len;
    enum field field;
    enum level level;
};

/* From where to where some rows of a page stand, counted from 0. */
struct span_of_rows {
    uint32_t first, last;
};

/* ${n} rows that an earlier page had, too; all of them on the page before, unless ${far}; where they stand there and here. */
struct shared {
    uint64_t n;
    bool far;
    struct span_of_rows there, here;
};

/* One answer being read. */
struct reading {
    struct call *c;
    const struct resource_info *info;
    struct json j;
    struct field_name field[FIELDS_MAX];
    size_t nfields;
    uint64_t met, fresh;  /* rows in the answer; those that this round of the list did not have yet */
    uint32_t before;      /* rows that this round had before this page */
    struct shared shared; /* rows of the answer that are among them */
    struct json_str next; /* what the answer says of another page */
    bool no_memory;
};

/* A row being read: it begins at ${start} in the answer, is ${len} bytes long, and will begin at ${at} in the rows' text. */
struct row_reading {
    struct row row;
    const char *start;
    size_t at, len;
    struct json_str id, parent, role, told;
    bool tombstone;
};

static void look_out(struct reading *r, const char *name, enum field field, enum level level)
{
    if (name != NULL)
        r->field[r->nfields++] = (struct field_name){name, strlen(name), field, level};
}

static void begin(struct reading *r, struct call *c)
{
    const struct resource_info *info = &resource_table[c->ep->resource];

    *r = (struct reading){.c = c, .info = info};
    look_out(r, info->id, FIELD_ID, LEVEL_NONE);
    look_out(r, c->ep->parent_id, FIELD_PARENT, LEVEL_NONE);
    for (int i = 0; i < LEVEL_COUNT; i++)
        if (c->scope.id[i] != NULL && (info->id == NULL || strcmp(info->id, resource_level_name((enum level)i)) != 0))
            look_out(r, resource_level_name((enum level)i), FIELD_SCOPE, (enum level)i);
    look_out(r, info->user_name, FIELD_NAME, LEVEL_NONE);
    look_out(r, info->user_email, FIELD_EMAIL, LEVEL_NONE);
    look_out(r, info->role, FIELD_ROLE, LEVEL_NONE);
    look_out(r, info->roled && info->told == NULL ? ROLE_NAME : info->told, FIELD_TOLD, LEVEL_NONE);
    look_out(r, "tombstone", FIELD_TOMBSTONE, LEVEL_NONE);
    json_init(&r->j, NULL);
}

static const struct field_name *field_of(const struct reading *r, struct json_str name)
{
    for (size_t i = 0; i < r->nfields; i++)
        if (r->field[i].len == name.len && memcmp(r->field[i].name, name.s, name.len) == 0)
            return &r->field[i];
    return NULL;
}

static bool no_memory(struct reading *r)
{
    r->no_memory = true;
    return false;
}

/* A string that is noted: its value, and where it stands. What is no string counts as absent. */
static void note_string(struct reading *r, const struct row_reading *row, struct json_str *v, struct rows_span *span)
{
    const char *start;

    if (json_peek(&r->j) != JSON_STRING) {
        json_skip(&r->j, NULL);
        return;
    }
    start = json_at(&r->j);
    json_string(&r->j, v);
    span->at = (uint32_t)(row->at + (size_t)(start - row->start));
    span->len = (uint32_t)(json_at(&r->j) - start);
}

/* An id of something that the call was made for: no other than that. */
static void check_scope(struct reading *r, enum level level)
{
    struct json_str id;

    if (json_peek(&r->j) == JSON_NULL)
        json_null(&r->j);
    else if (json_string(&r->j, &id) && !json_eq(id, r->c->scope.id[level]))
        json_fail(&r->j, "the answer is about another %s than the one asked for", resource_level_word(level));
}

/* A role: its name, or an object with that in "permissionType", and perhaps with ids. ${span} as note_string. */
static void read_role(struct reading *r, struct row_reading *row, struct json_str *role, struct rows_span *span)
{
    struct json_str name;

    if (json_peek(&r->j) != JSON_OBJECT) {
        note_string(r, row, role, span);
        return;
    }
    json_object(&r->j);
    while (json_member(&r->j, &name)) {
        const struct field_name *f = field_of(r, name);

        if (f != NULL && f->field == FIELD_SCOPE)
            check_scope(r, f->level);
        else if (json_eq(name, ROLE_NAME))
            note_string(r, row, role, span);
        else
            json_skip(&r->j, NULL);
    }
    if (!r->j.failed && role->len == 0)
        json_fail(&r->j, "a role without '%s', a string", ROLE_NAME);
}

static void read_member(struct reading *r, struct row_reading *row, const struct field_name *f)
{
    switch (f->field) {
    case FIELD_ID:
        note_string(r, row, &row->id, &row->row.user);
        break;
    case FIELD_PARENT:
        rawline_take_string(&r->j, &row->parent);
        break;
    case FIELD_SCOPE:
        check_scope(r, f->level);
        break;
    case FIELD_NAME:
        note_string(r, row, &(struct json_str){0}, &row->row.name);
        break;
    case FIELD_EMAIL:
        note_string(r, row, &(struct json_str){0}, &row->row.email);
        break;
    case FIELD_ROLE:
        row->row.holds_role = json_peek(&r->j) != JSON_NULL;
        if (row->row.holds_role && json_peek(&r->j) != JSON_OBJECT)
            json_object(&r->j); /* fails */
        else
            read_role(r, row, &row->role, &(struct rows_span){0});
        break;
    case FIELD_TOLD:
        read_role(r, row, &row->told, &row->row.told);
        break;
    case FIELD_TOMBSTONE:
        row->tombstone = json_peek(&r->j) == JSON_TRUE;
        json_skip(&r->j, NULL);
        break;
    }
}

/* Whether the pages of the list are cut by offset, so that rows may be pushed over a border. */
static bool has_offsets(const struct endpoint *ep)
{
    return ep->paged && ep->body == NULL;
}

/* Put a row into ${set}, by what tells it from others of its list; as ids_add. */
static int add_row(const struct reading *r, struct ids *set, const struct row_reading *row, uint32_t *index)
{
    const struct json_str parts[] = {row->id, row->role, row->told}, all = {row->start, row->len};

    if (r->info->by_all)
        return ids_add_parts(set, &all, 1, index);
    return r->info->user ? ids_add_parts(set, parts, 3, index) : ids_add(set, row->id, index);
}

static void widen(struct span_of_rows *span, uint64_t n, uint32_t at)
{
    if (n == 0 || at < span->first)
        span->first = at;
    if (n == 0 || at > span->last)
        span->last = at;
}

/* An earlier page had this row, at ${where}. */
static void share_row(struct reading *r, const struct met_at *where)
{
    struct shared *s = &r->shared;

    s->far |= where->page + 1 != r->c->paging.page;
    widen(&s->there, s->n, where->at);
    widen(&s->here, s->n, (uint32_t)r->met - 1);
    s->n++;
}

/* Note where this round has first met row number ${index}. */
static bool place_row(struct reading *r, uint32_t index)
{
    struct paging *p = &r->c->paging;
    struct met_at *grown = grow_array(p->where, &p->where_cap, (size_t)index + 1, UINT32_MAX, sizeof(*grown));

    if (grown == NULL)
        return no_memory(r);
    p->where = grown;
    grown[index] = (struct met_at){p->page, (uint32_t)r->met - 1};
    return true;
}

/* Note that this round has met the row. One that stands in one answer twice was pushed over no border. */
static bool count_row(struct reading *r, const struct row_reading *row)
{
    uint32_t index;
    int fresh = has_offsets(r->c->ep) ? add_row(r, &r->c->paging.here, row, &index) : -2;

    if (fresh == -1)
        return no_memory(r);
    if (fresh != 0)
        r->fresh++;
    if (fresh > 0)
        return place_row(r, index);
    if (fresh == 0 && index < r->before)
        share_row(r, &r->c->paging.where[index]);
    return true;
}

/* Whether this row is wanted: new to this list, and not marked to be skipped. */
static bool is_wanted(struct reading *r, struct row_reading *row)
{
    struct ids *set = known_ids(r->c->known, r->c->ep->resource);
    uint32_t index;
    int fresh = add_row(r, &r->c->paging.seen, row, &index);

    if (fresh < 0 || (set != NULL && ids_add(set, row->id, &row->row.id) < 0))
        return no_memory(r);
    if (!count_row(r, row) || fresh == 0)
        return false;
    return set == NULL || !ids_marked(set, row->row.id, r->c->skip);
}

/* Note the number of the parent's id, if the row says it. */
static bool note_parent(struct reading *r, struct row_reading *row)
{
    if (!rawline_is_id(row->parent))
        return true;
    return ids_add(known_ids(r->c->known, r->info->parent), row->parent, &row->row.parent) >= 0 || no_memory(r);
}

/* The id of a thing looked up, if it is what the look-up was about; else NULL. */
static const char *asked_id(const struct reading *r)
{
    const struct endpoint *ep = r->c->ep;

    if (ep->purpose != FOR_LOOKUP || strcmp(r->info->id, resource_level_name(ep->about)) != 0)
        return NULL;
    return r->c->scope.id[ep->about];
}

/* The id of a row must be one, and of a thing looked up the one that was asked for; a role that it is about must be named. */
static bool check_id(struct reading *r, struct row_reading *row)
{
    const char *asked;

    if (r->info->id == NULL) {
        row->id.s = r->c->scope.id[r->info->opens];
        row->id.len = strlen(row->id.s);
        return true;
    }
    if (!rawline_is_id(row->id))
        return json_fail(&r->j, "a row without '%s', a string of 1 to %d bytes", r->info->id, ID_MAX);
    if (r->info->roled && row->told.len == 0)
        return json_fail(&r->j, "a row without '%s', a string", ROLE_NAME);
    asked = asked_id(r);
    if (asked != NULL && !json_eq(row->id, asked))
        return json_fail(&r->j, "the answer is about another %s than the one asked for", r->info->name);
    return true;
}

/* Read the object that stands next in the answer, and keep it if it is wanted. */
static bool read_row(struct reading *r)
{
    struct rows *rows = &r->c->rows;
    struct row_reading row = {.row = {.id = NO_INDEX, .parent = NO_INDEX}, .at = rows->text.len};
    struct json_str name;

    if (json_peek(&r->j) != JSON_OBJECT)
        return json_object(&r->j);
    if (++r->met > PAGE_ROWS_MAX)
        return json_fail(&r->j, "more than %d rows in one answer", PAGE_ROWS_MAX);
    row.start = json_at(&r->j);
    row.row.holds_role = r->info->role == NULL;
    json_object(&r->j);
    while (json_member(&r->j, &name)) {
        const struct field_name *f = field_of(r, name);

        if (f != NULL)
            read_member(r, &row, f);
        else
            json_skip(&r->j, NULL);
    }
    if (r->j.failed || !check_id(r, &row))
        return false;
    row.len = (size_t)(json_at(&r->j) - row.start);
    if (row.tombstone || !is_wanted(r, &row))
        return !r->no_memory;
    buf_append(&rows->text, row.start, row.len);
    return note_parent(r, &row) && !rows->text.failed && (rows_add(rows, &row.row) == 0 || no_memory(r));
}

/* The array of rows that stands next. */
static void read_array(struct reading *r)
{
    json_array(&r->j);
    while (json_element(&r->j))
        if (!read_row(r))
            return;
}

/* What the answer says of another page: null or a string. Nothing else is the end of a list. */
static void read_next(struct reading *r)
{
    if (json_peek(&r->j) == JSON_NULL)
        json_null(&r->j);
    else if (json_string(&r->j, &r->next) && r->next.len > 0 && !r->c->ep->paged)
        json_fail(&r->j, "another page of a list that has none");
}

/* The answer as an object with the rows in one member, and perhaps a word on the next page in another. */
static void read_object(struct reading *r, const struct endpoint *ep)
{
    struct json_str name;
    bool found = false;

    json_object(&r->j);
    while (!r->no_memory && json_member(&r->j, &name)) {
        if (json_eq(name, ep->rows) && json_peek(&r->j) != JSON_NULL) {
            found = true;
            read_array(r);
        } else if (ep->next != NULL && json_eq(name, ep->next)) {
            read_next(r);
        } else {
            json_skip(&r->j, NULL);
        }
    }
    if (!found)
        json_fail(&r->j, "an answer without '%s'", ep->rows);
}

/* Walk through the whole answer. Return whether all of it is in ${r}->c->rows. */
static bool walk(struct reading *r, const char *body, size_t len)
{
    const struct endpoint *ep = r->c->ep;
    struct err ignored = {0};

    r->met = r->fresh = 0;
    r->shared = (struct shared){0};
    r->next = (struct json_str){0};
    json_begin(&r->j, body, len, 0);
    if (ep->rows == NULL)
        read_row(r);
    else if (*ep->rows == '\0')
        read_array(r);
    else
        read_object(r, ep);
    return !r->no_memory && !r->c->rows.text.failed && json_end(&r->j, &ignored) == 0;
}

/* What a call had before a page. */
struct before {
    uint32_t rows, seen, here;
};

/* Leave nothing behind of a page. */
static void go_back(struct call *c, const struct before *before)
{
    rows_truncate(&c->rows, before->rows);
    ids_truncate(&c->paging.seen, before->seen);
    ids_truncate(&c->paging.here, before->here);
}

/*
 * Airbyte sends no white space between tokens, and then a row is copied as it stands, in one piece.  An answer that has
 * some is read once more without it.
 */
static bool walk_compact(struct reading *r, const char *body, size_t len, const struct before *before)
{
    struct buf compact;
    bool good;

    go_back(r->c, before);
    buf_init(&compact, len + 1);
    json_begin(&r->j, body, len, 0);
    json_copy(&r->j, &compact);
    good = compact.failed ? no_memory(r) : walk(r, compact.data, compact.len);
    buf_release(&compact);
    return good;
}

/* Whether ${len} bytes at ${body} are JSON, of whatever form. */
static bool is_json(struct json *j, const char *body, size_t len)
{
    struct err ignored = {0};

    json_begin(j, body, len, 0);
    json_skip(j, NULL);
    return json_end(j, &ignored) == 0;
}

static enum page_reading failed(struct reading *r, const char *body, size_t len, struct err *e)
{
    struct err cause = {0};

    if (r->no_memory || r->c->rows.text.failed) {
        err_set(e, EX_OSERR, "no memory for the rows of an answer");
        return PAGE_FAILED;
    }
    json_end(&r->j, &cause);
    err_set(e, cause.status == EX_OSERR ? EX_OSERR : EX_PROTOCOL, "%s", cause.msg);
    return e->status == EX_OSERR || is_json(&r->j, body, len) ? PAGE_FAILED : PAGE_MALFORMED;
}

/* The next page is the one behind the token that this one gave: kept as it is, and never met before. */
static enum page_reading next_token(struct reading *r, struct err *e)
{
    struct paging *p = &r->c->paging;
    uint32_t index;
    int fresh = ids_add_parts(&p->tokens, &r->next, 1, &index);
    char *token = fresh <= 0 ? NULL : strndup(r->next.s, r->next.len);

    if (fresh == 0) {
        err_set(e, EX_PROTOCOL, "page loop: the server gives the same token for another page");
        return PAGE_FAILED;
    }
    if (token == NULL) {
        err_set(e, EX_OSERR, "no memory for the token of a page");
        return PAGE_FAILED;
    }
    free(p->token);
    p->token = token;
    return PAGE_MORE;
}

/* Whether the rows of ${span}, ${n} of them, are those at one end of a page of ${rows}. */
static bool is_end(const struct span_of_rows *span, uint64_t n, uint64_t rows)
{
    return (uint64_t)span->last - span->first + 1 == n && (span->first == 0 || span->last + (uint64_t)1 == rows);
}

/*
 * How many rows of this page make it doubtful that all were met.  Those at the end of one page that stand at the end of the
 * next, too, were pushed over the border by new ones, or it is where pages overlap: nothing stood between the two.  The
 * same page once more is neither.
 */
static uint64_t count_doubts(const struct reading *r)
{
    const struct shared *s = &r->shared;
    bool neighbours = !s->far && (r->fresh > 0 || s->n < r->c->paging.page_rows) &&
                      is_end(&s->there, s->n, r->c->paging.page_rows) && is_end(&s->here, s->n, r->met);

    return neighbours ? 0 : s->n;
}

/*
 * The list was read to its end.  Its pages promise a row for each that they had; where one came twice, another round
 * may show the one that it stands for.  What other rounds have met makes up for what this one has not.
 */
static enum page_reading end_round(struct call *c)
{
    struct paging *p = &c->paging;

    if (p->seen.n - p->here.n >= p->repeats)
        return PAGE_LAST;
    log_debug("a list has rows on two of its pages", LOG_STR("path", c->ep->path), LOG_INT("rows", (int64_t)p->seen.n),
        LOG_INT("repeats", (int64_t)p->repeats), LOG_INT("round", p->round + 1));
    if (++p->round == ROUNDS_MAX) {
        p->unsure = true;
        return PAGE_LAST;
    }
    c->turn++;
    ids_truncate(&p->here, 0);
    p->offset = p->repeats = 0;
    p->barren = p->page = p->page_rows = 0;
    return PAGE_MORE;
}

/* After a page was read: whether there is another.  That it is shorter than asked for says nothing. */
static enum page_reading next_page(struct reading *r, struct err *e)
{
    struct paging *p = &r->c->paging;

    if (!r->c->ep->paged)
        return PAGE_LAST;
    if (!has_offsets(r->c->ep))
        return r->next.len == 0 ? PAGE_LAST : next_token(r, e);
    p->repeats += count_doubts(r);
    p->page++;
    p->page_rows = (uint32_t)r->met;
    if (r->next.len == 0 || r->met == 0)
        return end_round(r->c);
    p->barren = r->fresh > 0 ? 0 : p->barren + 1;
    p->offset += r->met;
    if (p->barren < BARREN_MAX && p->offset < OFFSET_MAX)
        return PAGE_MORE;
    err_set(e, EX_PROTOCOL, "page loop: the server sends full pages without end, at offset %llu",
        (unsigned long long)p->offset);
    return PAGE_FAILED;
}

enum page_reading page_read(struct call *c, const char *body, size_t len, struct err *e)
{
    const struct before before = {c->rows.n, c->paging.seen.n, c->paging.here.n};
    enum page_reading reading;
    struct reading r;
    bool good;

    begin(&r, c);
    r.before = before.here;
    good = walk(&r, body, len);
    if (good && json_spaces(&r.j) > 0)
        good = walk_compact(&r, body, len, &before);
    if (good) {
        reading = next_page(&r, e);
    } else {
        reading = failed(&r, body, len, e);
        go_back(c, &before);
    }
    json_release(&r.j);
    return reading;
}
