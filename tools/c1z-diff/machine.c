#include "machine.h"

#include <string.h>

#include "bytes.h"
#include "protojson.h"
#include "text.h"

#define LINE_BYTES_MAX ((size_t)1 << 30)
#define MESSAGE_BYTES_MAX ((size_t)2 << 30)

void machine_init(struct machine *m, struct out *out)
{
    m->out = out;
    buf_init(&m->line, LINE_BYTES_MAX);
    buf_init(&m->safe, LINE_BYTES_MAX);
    arena_init(&m->arena, MESSAGE_BYTES_MAX);
}

void machine_release(struct machine *m)
{
    buf_release(&m->line);
    buf_release(&m->safe);
    arena_release(&m->arena);
}

static void put_text(struct buf *line, const char *name, struct json_str text)
{
    json_put_string(line, name, strlen(name));
    buf_putc(line, ':');
    json_put_string(line, text.s != NULL ? text.s : "", text.len);
}

static void put_ref(struct buf *line, const char *name, const struct c1zread_ref *ref)
{
    json_put_string(line, name, strlen(name));
    buf_puts(line, ":{");
    put_text(line, "resourceType", ref->type);
    buf_putc(line, ',');
    put_text(line, "resource", ref->id);
    buf_putc(line, '}');
}

static void put_id(struct buf *line, const struct change *change)
{
    const struct c1zread_row *row = change->row;

    buf_puts(line, ",\"id\":{");
    if (change->kind == KIND_RESOURCE) {
        put_text(line, "resourceType", row->self.type);
        buf_putc(line, ',');
        put_text(line, "resource", row->self.id);
    } else {
        put_text(line, "id", row->id);
    }
    if (change->kind == KIND_ENTITLEMENT || change->kind == KIND_GRANT) {
        buf_putc(line, ',');
        put_ref(line, "on", &row->on);
    }
    if (change->kind == KIND_GRANT) {
        buf_putc(line, ',');
        put_text(line, "entitlement", row->entitlement);
        buf_putc(line, ',');
        put_ref(line, "principal", &row->principal);
    }
    buf_putc(line, '}');
}

/* Append ${record}, unless it is NULL; ${*at} is where its text begins. */
static int put_record(struct machine *m, const char *name, const ProtobufCMessage *record, size_t *at, struct err *e)
{
    if (record == NULL)
        return 0;
    buf_printf(&m->line, ",\"%s\":", name);
    *at = m->line.len;
    return protojson_write(&m->line, &m->arena, record, e) < 0 ? -1 : 0;
}

/* Both records; of two that differ and whose texts do not, what differs has no text. */
static int put_records(struct machine *m, const struct change *change, struct err *e)
{
    size_t old = 0, old_end, new = 0;

    if (put_record(m, "old", change->old, &old, e) < 0)
        return -1;
    old_end = m->line.len;
    if (put_record(m, "new", change->new, &new, e) < 0)
        return -1;
    if (change->old == NULL || change->new == NULL || m->line.failed)
        return 0;
    if (bytes_equal(m->line.data + old, old_end - old, m->line.data + new, m->line.len - new))
        buf_puts(&m->line, ",\"unknownFields\":true");
    return 0;
}

int machine_print(void *to, const struct change *change, struct err *e)
{
    struct machine *m = to;
    bool changed = change->held || (change->old != NULL && change->new != NULL);
    const char *what = changed ? "changed" : change->old == NULL ? "added" : "removed";

    buf_clear(&m->line);
    arena_reset(&m->arena);
    buf_printf(&m->line, "{\"change\":\"%s\",\"kind\":", what);
    json_put_string(&m->line, kind_names(change->kind)->noun, strlen(kind_names(change->kind)->noun));
    put_id(&m->line, change);
    if (put_records(m, change, e) < 0)
        return -1;
    buf_putc(&m->line, '}');
    buf_clear(&m->safe);
    text_put_json(&m->safe, m->line.data, m->line.len);
    if (m->line.failed || m->safe.failed)
        return err_set(e, EX_OSERR, "no memory for a line");
    return out_line(m->out, m->safe.data, m->safe.len, e);
}
