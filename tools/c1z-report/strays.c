#include "strays.h"

#include "bytes.h"
#include "caveats.h"
#include "pbwire.h"
#include "records.pb-c.h"

#define MESSAGE_MAX ((size_t)256 << 20)

typedef C1__Connector__V2__Grant Grant;

/* The grants of ${side}, whose messages are unpacked in ${arena}, and the line in the making. */
struct strays {
    struct out *out;
    const struct c1znames *names;
    struct c1zread_rows *rows;
    struct arena arena;
    struct cell *cell;
    bool first;
};

static int put_line(struct strays *s, struct err *e)
{
    struct buf *line = &s->cell->line;
    int r =
        line->failed ? err_set(e, EX_OSERR, "no memory for the report") : out_line(s->out, line->data, line->len, e);

    buf_clear(line);
    return r;
}

/* Append where ${grant}, of ${entitlement}, comes from, unless it is held by itself alone. */
static void put_chains(struct strays *s, const Grant *grant, struct json_str entitlement)
{
    size_t n = grant->sources != NULL ? grant->sources->n_sources : 0, others = 0;
    struct buf *line = &s->cell->line;

    for (size_t i = 0; i < n; i++) {
        struct json_str id = pbwire_str(grant->sources->sources[i]->key);

        if (bytes_equal(id.s, id.len, entitlement.s, entitlement.len))
            continue;
        buf_puts(line, others++ == 0 ? ",[[" : ",[");
        cell_text(s->cell, id);
        buf_putc(line, ']');
    }
    if (others > 0)
        buf_puts(line, others < n ? ",[]]" : "]");
}

/* The caveats of ${entitlement}; of one that is missing by what its id says, as of what stands in for it elsewhere. */
static unsigned weigh(const struct c1zread_row *row, const struct c1znames_entitlement *entitlement)
{
    const struct c1znames_entitlement named = {.slug = c1znames_slug(&row->on, row->entitlement)};

    return caveats_of(entitlement != NULL ? entitlement : &named);
}

static int put_stray(
    struct strays *s, const struct c1zread_row *row, const struct c1znames_entitlement *entitlement, struct err *e)
{
    struct buf *line = &s->cell->line;
    ProtobufCMessage *m;

    arena_reset(&s->arena);
    if (c1zread_message(s->rows, &s->arena, &m, e) < 0)
        return -1;
    buf_puts(line, s->first ? "[" : ",[");
    s->first = false;
    cell_place(s->cell, s->names, &row->principal);
    buf_putc(line, ',');
    if (entitlement != NULL)
        buf_printf(line, "%td", entitlement - s->names->entitlements);
    else
        cell_text(s->cell, row->entitlement);
    buf_putc(line, ',');
    cell_place(s->cell, s->names, &row->on);
    buf_printf(line, ",%u", weigh(row, entitlement));
    put_chains(s, (const Grant *)m, row->entitlement);
    buf_putc(line, ']');
    return put_line(s, e);
}

static int put_all(struct strays *s, struct err *e)
{
    struct c1zread_row row;
    int n;

    while ((n = c1zread_next(s->rows, &row, e)) > 0) {
        const struct c1znames_entitlement *entitlement = c1znames_entitlement(s->names, &row.on, row.entitlement);

        if (entitlement != NULL && c1znames_resource(s->names, &row.principal) != NULL)
            continue;
        if (put_stray(s, &row, entitlement, e) < 0)
            return -1;
    }
    return n;
}

int strays_put(struct out *out, const struct side *side, struct cell *cell, struct err *e)
{
    struct c1zread_query query = {
        .sync = side->sync, .kind = KIND_GRANT, .order = C1ZREAD_SORTED, .part = C1ZREAD_LEAN};
    struct strays s = {.out = out, .names = &side->names, .cell = cell, .first = true};
    int r;

    arena_init(&s.arena, MESSAGE_MAX);
    buf_puts(&cell->line, ",\"strays\":[");
    s.rows = c1zread_rows(side->file, &query, e);
    r = s.rows != NULL ? put_all(&s, e) : -1;
    c1zread_rows_close(s.rows);
    arena_release(&s.arena);
    buf_putc(&cell->line, ']');
    return r < 0 ? -1 : put_line(&s, e);
}
