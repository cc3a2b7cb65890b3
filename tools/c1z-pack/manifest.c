#include "manifest.h"
#include "version.h"

#include <inttypes.h>
#include <string.h>

/* Gaps and notes, and what else there is to say. */
#define MANIFEST_BYTES_MAX (GAPLIST_BYTES_MAX + ((size_t)64 << 20))

static void put_text(struct buf *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    buf_printf(out, ",\"%s\":", name);
    json_put_string(out, text, strlen(text));
}

/* The number of resources of each type, by type. */
static int put_types(struct buf *out, struct store *s, struct err *e)
{
    sqlite3_stmt *q = c1zdb_prepare(
        &s->db, "SELECT resource_type_id, count(*) FROM v1_resources WHERE id > ?1 GROUP BY 1 ORDER BY 1", e);
    const char *comma = "";
    int r;

    if (q == NULL)
        return -1;
    sqlite3_bind_int64(q, 1, s->base);
    buf_puts(out, ",\"resources\":{");
    while ((r = c1zdb_step(&s->db, q, e)) > 0) {
        struct wire_bytes type = store_column(q, 0);

        buf_puts(out, comma);
        json_put_string(out, (const char *)type.p, type.len);
        buf_printf(out, ":%" PRId64, (int64_t)sqlite3_column_int64(q, 1));
        comma = ",";
    }
    sqlite3_finalize(q);
    buf_putc(out, '}');
    return r;
}

static int put_counts(struct buf *out, const struct manifest *m, struct store *s, struct err *e)
{
    buf_printf(out, ",\"counts\":{\"resourceTypes\":%" PRIu64, s->rows[KIND_RESOURCE_TYPE]);
    if (put_types(out, s, e) < 0)
        return -1;
    buf_printf(out, ",\"entitlements\":%" PRIu64 ",\"grants\":%" PRIu64 ",\"expandedGrants\":%" PRIu64 "}",
        s->rows[KIND_ENTITLEMENT], s->rows[KIND_GRANT] + m->expanded, m->expanded);
    return 0;
}

static void put_accepted(struct buf *out, const struct manifest *m)
{
    buf_puts(out, ",\"acceptedGaps\":[");
    for (size_t i = 0; i < m->n_accepted; i++) {
        if (i > 0)
            buf_putc(out, ',');
        json_put_string(out, m->accepted[i], strlen(m->accepted[i]));
    }
    buf_putc(out, ']');
}

static void put_lines(struct buf *out, const char *name, const struct gaplist *g, enum gaplist_part part)
{
    buf_printf(out, ",\"%s\":", name);
    gaplist_put(out, g, part);
}

static int put_manifest(struct buf *out, const struct manifest *m, struct store *s, struct err *e)
{
    const struct load_facts *f = &m->facts;

    buf_puts(out, "{\"schema\":\"c1z-pack-manifest/1\",\"version\":\"" AB_VERSION "\"");
    put_text(out, "source", f->source);
    put_text(out, "startedAt", f->started_at);
    if (f->stages->n > 0) {
        buf_puts(out, ",\"stages\":");
        stages_put(out, f->stages);
    }
    if (put_counts(out, m, s, e) < 0)
        return -1;
    /* A gap that was accepted is one all the same; what was left out on purpose is none. */
    buf_puts(out, gaplist_has(f->gaps, GAPLIST_GAPS) ? ",\"complete\":false" : ",\"complete\":true");
    put_accepted(out, m);
    put_lines(out, "gaps", f->gaps, GAPLIST_GAPS);
    put_lines(out, "notes", f->gaps, GAPLIST_NOTES);
    if (gaplist_has(f->gaps, GAPLIST_LEFT_OUT))
        put_lines(out, "leftOut", f->gaps, GAPLIST_LEFT_OUT);
    buf_putc(out, '}');
    return out->failed ? err_set(e, EX_OSERR, "no memory for the manifest") : 0;
}

int manifest_add(const struct manifest *m, struct store *s, struct err *e)
{
    struct buf out;
    int r;

    buf_init(&out, MANIFEST_BYTES_MAX);
    r = put_manifest(&out, m, s, e);
    if (r == 0)
        r = store_asset(s, MANIFEST_ASSET, "application/json", &out, e);
    buf_release(&out);
    return r;
}
