#include "fetch.h"

#include <stdlib.h>
#include <string.h>

#include "rawline.h"

/* Lines made of one list: an answer and what stands beside its rows, many times over. */
#define TEXT_MAX ((size_t)512 << 20)

/* Full pages in a row without a new id after which the server is taken to send the same ones for ever. */
#define BARREN_MAX 10

/* No tenant has so many rows that pages start here. */
#define OFFSET_MAX 100000000

struct ids *known_ids(struct known *k, enum resource resource)
{
    if (resource == RESOURCE_ORGANIZATION)
        return &k->organizations;
    if (resource == RESOURCE_WORKSPACE)
        return &k->workspaces;
    return NULL;
}

void rows_init(struct rows *r)
{
    *r = (struct rows){0};
    buf_init(&r->text, TEXT_MAX);
}

void rows_release(struct rows *r)
{
    buf_release(&r->text);
    free(r->row);
    rows_init(r);
}

int rows_add(struct rows *r, uint32_t id, uint32_t parent)
{
    if (r->n == r->cap) {
        uint32_t cap = r->cap == 0 ? 16 : r->cap * 2;
        struct row *row = cap < r->cap ? NULL : realloc(r->row, cap * sizeof(*row));

        if (row == NULL)
            return -1;
        r->row = row;
        r->cap = cap;
    }
    r->row[r->n++] = (struct row){.id = id, .parent = parent, .end = (uint32_t)r->text.len};
    return 0;
}

struct fetch *fetch_new(const struct endpoint *ep, const struct scope *scope, struct known *known, unsigned limit)
{
    struct fetch *f = calloc(1, sizeof(*f));

    if (f == NULL)
        return NULL;
    f->ep = ep;
    f->known = known;
    f->limit = limit;
    rows_init(&f->rows);
    ids_init(&f->seen);
    buf_init(&f->url, 64 << 10);
    buf_init(&f->body, 64 << 10);
    if (scope_copy(&f->scope, scope) == 0)
        return f;
    fetch_free(f);
    return NULL;
}

void fetch_free(struct fetch *f)
{
    if (f == NULL)
        return;
    scope_release(&f->scope);
    rows_release(&f->rows);
    ids_release(&f->seen);
    http_release(&f->http);
    buf_release(&f->url);
    buf_release(&f->body);
    token_drop(f->token);
    free(f);
}

/* One answer being read. */
struct reading {
    struct fetch *f;
    struct json answer;  /* walks the answer */
    struct json row;     /* walks one row, copied */
    struct buf prefix;   /* what stands before the data of every line */
    uint64_t met, fresh; /* rows in the answer; rows whose id was not in an earlier page */
    bool no_memory;
};

/* What of a row matters here. */
struct facts {
    struct json_str id, parent;
    bool tombstone;
};

static bool is_member(const char *const *members, struct json_str name)
{
    for (; *members != NULL; members++)
        if (json_eq(name, *members))
            return true;
    return false;
}

/* Append the next object of ${j} with those members only that may pass. */
static void copy_allowed(struct json *j, const char *const *members, struct buf *out)
{
    struct json_str name;
    const char *separator = "{";

    json_object(j);
    while (json_member(j, &name)) {
        enum json_type type = json_peek(j);

        if (type == JSON_OBJECT || type == JSON_ARRAY || !is_member(members, name)) {
            json_skip(j, NULL);
            continue;
        }
        buf_puts(out, separator);
        json_put_string(out, name.s, name.len);
        buf_putc(out, ':');
        json_copy(j, out);
        separator = ",";
    }
    buf_puts(out, *separator == '{' ? "{}" : "}");
}

/* Look into one row, ${len} bytes of JSON at ${text} that were checked before. */
static int read_facts(struct reading *r, const char *text, size_t len, struct facts *facts, struct err *e)
{
    const struct endpoint *ep = r->f->ep;
    const char *id = resource_table[ep->resource].id;
    struct json_str name;

    *facts = (struct facts){0};
    json_begin(&r->row, text, len, 0);
    json_object(&r->row);
    while (json_member(&r->row, &name)) {
        if (json_eq(name, id))
            rawline_take_string(&r->row, &facts->id);
        else if (ep->parent_id != NULL && json_eq(name, ep->parent_id))
            rawline_take_string(&r->row, &facts->parent);
        else {
            facts->tombstone |= json_eq(name, "tombstone") && json_peek(&r->row) == JSON_TRUE;
            json_skip(&r->row, NULL);
        }
    }
    return json_end(&r->row, e);
}

static bool no_memory(struct reading *r)
{
    r->no_memory = true;
    return false;
}

/* Whether a row of this id is to be kept: new to this list, and not marked to be skipped. */
static bool is_wanted(struct reading *r, struct json_str id, uint32_t *known)
{
    struct ids *set = known_ids(r->f->known, r->f->ep->resource);
    uint32_t index;
    int fresh = ids_add(&r->f->seen, id, &index);

    if (fresh < 0 || (set != NULL && ids_add(set, id, known) < 0))
        return no_memory(r);
    if (fresh == 0)
        return false;
    r->fresh++;
    return set == NULL || !ids_marked(set, *known, r->f->skip);
}

/* The number of the parent's id, NO_INDEX if the row does not say. */
static bool parent_index(struct reading *r, struct json_str parent, uint32_t *index)
{
    *index = NO_INDEX;
    if (!rawline_is_id(parent))
        return true;
    return ids_add(known_ids(r->f->known, resource_table[r->f->ep->resource].parent), parent, index) >= 0 ||
           no_memory(r);
}

/* Make a line of the object that stands next in the answer, or nothing if it is not wanted. */
static bool read_row(struct reading *r)
{
    struct fetch *f = r->f;
    struct rows *rows = &f->rows;
    size_t before = rows->text.len, data;
    uint32_t known = NO_INDEX, parent;
    struct facts facts;
    struct err ignored = {0};

    if (json_peek(&r->answer) != JSON_OBJECT)
        return json_object(&r->answer);
    r->met++;
    if (!f->bare)
        buf_append(&rows->text, r->prefix.data, r->prefix.len);
    data = rows->text.len;
    if (f->ep->members != NULL)
        copy_allowed(&r->answer, f->ep->members, &rows->text);
    else
        json_copy(&r->answer, &rows->text);
    if (r->answer.failed || rows->text.failed)
        return false;
    if (read_facts(r, rows->text.data + data, rows->text.len - data, &facts, &ignored) < 0)
        return no_memory(r);
    if (!rawline_is_id(facts.id))
        return json_fail(
            &r->answer, "a row without '%s', a string of 1 to %d bytes", resource_table[f->ep->resource].id, ID_MAX);
    if (facts.tombstone || !is_wanted(r, facts.id, &known)) {
        rows->text.len = before;
        return !r->no_memory;
    }
    buf_puts(&rows->text, f->bare ? "\n" : "}\n");
    if (known == NO_INDEX)
        return true;
    if (!parent_index(r, facts.parent, &parent))
        return false;
    return rows_add(rows, known, parent) == 0 || no_memory(r);
}

/* The array of rows that stands next. */
static void read_array(struct reading *r)
{
    json_array(&r->answer);
    while (json_element(&r->answer))
        if (!read_row(r))
            return;
}

/* The member ${rows} of the answer, an array. */
static void read_member(struct reading *r, const char *rows)
{
    struct json_str name;
    bool found = false;

    json_object(&r->answer);
    while (!r->no_memory && json_member(&r->answer, &name)) {
        if (json_eq(name, rows) && json_peek(&r->answer) != JSON_NULL) {
            found = true;
            read_array(r);
        } else {
            json_skip(&r->answer, NULL);
        }
    }
    if (!found)
        json_fail(&r->answer, "an answer without '%s'", rows);
}

/* Whether ${len} bytes at ${body} are JSON, of whatever form. */
static bool is_json(struct json *j, const char *body, size_t len)
{
    struct err ignored = {0};

    json_begin(j, body, len, 0);
    json_skip(j, NULL);
    return json_end(j, &ignored) == 0;
}

static enum fetch_reading read_failed(struct reading *r, const char *body, size_t len, struct err *e)
{
    struct err cause = {0};

    if (r->no_memory || r->f->rows.text.failed) {
        err_set(e, EX_OSERR, "no memory for the rows of an answer");
        return FETCH_FAILED;
    }
    json_end(&r->answer, &cause);
    err_set(e, cause.status == EX_OSERR ? EX_OSERR : EX_PROTOCOL, "%s", cause.msg);
    if (e->status == EX_OSERR || is_json(&r->row, body, len))
        return FETCH_FAILED;
    return FETCH_MALFORMED;
}

/* After a page was read: whether there is another. */
static enum fetch_reading page_read(struct reading *r, struct err *e)
{
    struct fetch *f = r->f;

    if (!f->ep->paged || r->met < f->limit)
        return FETCH_COMPLETE;
    f->barren = r->fresh > 0 ? 0 : f->barren + 1;
    f->offset += r->met;
    if (f->barren < BARREN_MAX && f->offset < OFFSET_MAX)
        return FETCH_MORE;
    err_set(e, EX_PROTOCOL, "page loop: the server sends full pages without end, at offset %llu",
        (unsigned long long)f->offset);
    return FETCH_FAILED;
}

enum fetch_reading fetch_read(struct fetch *f, const char *body, size_t len, struct err *e)
{
    struct reading r = {.f = f};
    struct err ignored = {0};
    size_t text = f->rows.text.len;
    uint32_t n = f->rows.n, seen = f->seen.n;
    enum fetch_reading reading;

    buf_init(&r.prefix, 64 << 10);
    resource_prefix(&r.prefix, f->ep->resource, &f->scope);
    json_init(&r.answer, NULL);
    json_init(&r.row, NULL);
    json_begin(&r.answer, body, len, 0);
    if (f->ep->rows == NULL)
        read_row(&r);
    else if (*f->ep->rows == '\0')
        read_array(&r);
    else
        read_member(&r, f->ep->rows);
    if (r.no_memory || r.prefix.failed || f->rows.text.failed || json_end(&r.answer, &ignored) < 0) {
        reading = read_failed(&r, body, len, e);
        f->rows.text.len = f->rows.text.failed ? 0 : text;
        f->rows.n = n;
        ids_truncate(&f->seen, seen);
    } else {
        reading = page_read(&r, e);
    }
    json_release(&r.answer);
    json_release(&r.row);
    buf_release(&r.prefix);
    return reading;
}
