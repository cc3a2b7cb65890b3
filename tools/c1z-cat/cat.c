#include "cat.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "annotations.pb-c.h"
#include "arena.h"
#include "c1z.h"
#include "frame.h"
#include "log.h"
#include "out.h"
#include "pbwire.h"
#include "protojson.h"
#include "records.pb-c.h"
#include "tempfile.h"

/* Page cache in KiB: rows are read once, in order. */
#define CACHE_KIB (4 * 1024)

/* What one row may take as a message and as a line. */
#define MESSAGE_BYTES_MAX ((size_t)2 << 30)
#define LINE_BYTES_MAX ((size_t)1 << 30)

typedef C1__Connector__V2__Grant Grant;
typedef C1__Connector__V2__Entitlement Entitlement;
typedef C1__Connector__V2__Resource Resource;
typedef C1__Connector__V2__ResourceId ResourceId;

/* ${records} and ${gaps} are what the end line counts. */
struct cat {
    struct c1zdb db;
    struct out out;
    struct arena arena;
    struct buf line;
    uint64_t records, gaps;
};

/* The stream's form of a time of the table: zone-less text is taken for UTC, as readers do; odd text stays as it is. */
static void rfc3339(const char *text, char *to, size_t size)
{
    size_t len = strspn(text, "0123456789-:. T");

    if (len == strlen(text) && len >= strlen("YYYY-MM-DD HH:MM:SS") && strchr(" T", text[10]) != NULL)
        snprintf(to, size, "%.10sT%sZ", text, text + 11);
    else
        snprintf(to, size, "%s", text);
}

/* Decode the file into a private database. */
static int open_database(struct cat *c, const char *file, struct err *e)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC), r;
    uint64_t size;

    if (fd < 0)
        return err_sys(e, errno == ENOENT || errno == ENOTDIR ? EX_NOINPUT : EX_IOERR, "cannot open '%s'", file);
    r = c1zdb_create(&c->db, tempfile_dir(), file, e);
    if (r == 0)
        r = c1z_decode(fd, file, c->db.fd, &size, e);
    if (r == 0 && size == 0)
        r = err_set(e, EX_DATAERR, "'%s' is empty", file);
    close(fd);
    return r < 0 ? -1 : c1zdb_tune(&c->db, CACHE_KIB, 0, e);
}

static int put_line(struct cat *c, struct err *e)
{
    if (c->line.failed)
        return err_set(e, EX_OSERR, "no memory for a line");
    return out_line(&c->out, c->line.data, c->line.len, e);
}

/* Syncs. */

static void put_member(struct buf *line, const char *name, const char *value)
{
    buf_putc(line, line->len == 0 ? '{' : ',');
    json_put_string(line, name, strlen(name));
    buf_putc(line, ':');
    json_put_string(line, value, strlen(value));
}

static int put_sync(struct cat *c, const struct c1zdb_sync *sync, struct err *e)
{
    char time[sizeof(sync->started_at) + 2];

    buf_clear(&c->line);
    put_member(&c->line, "syncId", sync->id);
    rfc3339(sync->started_at, time, sizeof(time));
    put_member(&c->line, "startedAt", time);
    if (sync->ended_at[0] != '\0') {
        rfc3339(sync->ended_at, time, sizeof(time));
        put_member(&c->line, "endedAt", time);
    }
    put_member(&c->line, "type", sync->type);
    if (sync->parent[0] != '\0')
        put_member(&c->line, "parentSyncId", sync->parent);
    buf_putc(&c->line, '}');
    if (c->line.len > 0 && !json_utf8(c->line.data, c->line.len))
        return err_set(e, EX_DATAERR, "'%s': v1_sync_runs holds text that is not UTF-8", c->db.name);
    return put_line(c, e);
}

static int put_syncs(struct cat *c, const char *only, struct err *e)
{
    struct c1zdb_sync sync;
    sqlite3_stmt *s;
    int r;

    if (only != NULL && c1zdb_choose_sync(&c->db, only, &sync, e) < 0)
        return -1;
    if (c1zdb_list_syncs(&c->db, &s, e) < 0)
        return -1;
    while ((r = c1zdb_step(&c->db, s, e)) > 0) {
        c1zdb_read_sync(s, &sync);
        if ((only == NULL || strcmp(only, sync.id) == 0) && put_sync(c, &sync, e) < 0) {
            r = -1;
            break;
        }
    }
    sqlite3_finalize(s);
    return r;
}

/* Grants: what the columns hold beside the message (reference/c1z-format.md sections 4.6 and 4.7). */

enum { COL_ID, COL_DATA, COL_EXPANSION, COL_RESOURCE_TYPE, COL_RESOURCE, COL_ENTITLEMENT, COL_P_TYPE, COL_P_RESOURCE };

static ProtobufCBinaryData text_column(struct cat *c, sqlite3_stmt *s, int column)
{
    const unsigned char *text = sqlite3_column_text(s, column);
    size_t len = (size_t)sqlite3_column_bytes(s, column);

    return (ProtobufCBinaryData){len, arena_dup(&c->arena, text != NULL ? (const char *)text : "", len)};
}

/* A message of ${type}, empty, or NULL with the arena failed. */
static void *new_message(struct cat *c, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *m = arena_zalloc(&c->arena, type->sizeof_message);

    if (m != NULL)
        protobuf_c_message_init(type, m);
    return m;
}

static Resource *new_resource(struct cat *c, sqlite3_stmt *s, int type, int resource)
{
    Resource *m = new_message(c, &c1__connector__v2__resource__descriptor);
    ResourceId *id = new_message(c, &c1__connector__v2__resource_id__descriptor);

    if (m == NULL || id == NULL)
        return NULL;
    id->resource_type = text_column(c, s, type);
    id->resource = text_column(c, s, resource);
    m->id = id;
    return m;
}

/* Give a slim grant the entitlement and the principal that its columns name. */
static void rebuild_slim(struct cat *c, sqlite3_stmt *s, Grant *grant)
{
    if (grant->entitlement == NULL) {
        Entitlement *entitlement = new_message(c, &c1__connector__v2__entitlement__descriptor);

        if (entitlement == NULL)
            return;
        entitlement->id = text_column(c, s, COL_ENTITLEMENT);
        entitlement->resource = new_resource(c, s, COL_RESOURCE_TYPE, COL_RESOURCE);
        grant->entitlement = entitlement;
    }
    if (grant->principal == NULL)
        grant->principal = new_resource(c, s, COL_P_TYPE, COL_P_RESOURCE);
}

/* Put what the grant expands by back among its annotations. */
static void reattach_expansion(struct cat *c, sqlite3_stmt *s, Grant *grant)
{
    static char url[] = "type.googleapis.com/c1.connector.v2.GrantExpandable";
    const void *bytes = sqlite3_column_blob(s, COL_EXPANSION);
    size_t len = (size_t)sqlite3_column_bytes(s, COL_EXPANSION), n = grant->n_annotations;
    Google__Protobuf__Any *any, **list;

    if (bytes == NULL || len == 0)
        return;
    any = new_message(c, &google__protobuf__any__descriptor);
    list = arena_alloc(&c->arena, (n + 1) * sizeof(*list));
    if (any == NULL || list == NULL)
        return;
    any->type_url = (ProtobufCBinaryData){sizeof(url) - 1, (uint8_t *)url};
    any->value = (ProtobufCBinaryData){len, arena_dup(&c->arena, bytes, len)};
    if (n > 0)
        memcpy(list, grant->annotations, n * sizeof(*list));
    list[n] = any;
    grant->annotations = list;
    grant->n_annotations = n + 1;
}

/* Records. */

/* Append the row of ${s} to the line as a record. */
static int format_row(
    struct cat *c, enum kind kind, const ProtobufCMessageDescriptor *type, sqlite3_stmt *s, struct err *e)
{
    const void *data = sqlite3_column_blob(s, COL_DATA);
    ProtobufCMessage *m;

    if (pbwire_unpack(type, data, (size_t)sqlite3_column_bytes(s, COL_DATA), &c->arena, &m, e) < 0)
        return -1;
    if (kind == KIND_GRANT) {
        rebuild_slim(c, s, (Grant *)m);
        reattach_expansion(c, s, (Grant *)m);
    }
    if (c->arena.failed)
        return err_set(e, EX_OSERR, "no memory");
    return protojson_write(&c->line, &c->arena, m, e);
}

/* Prepare the query for the rows of ${kind}: the columns that are asked for in the order of COL_*. */
static sqlite3_stmt *select_rows(struct cat *c, enum kind kind, struct err *e)
{
    const char *table = c1zdb_table(kind);
    bool has_expansion = false;
    char sql[320];

    if (kind != KIND_GRANT) {
        snprintf(sql, sizeof(sql), "SELECT id, data FROM %s WHERE sync_id = ?1 ORDER BY id", table);
        return c1zdb_prepare(&c->db, sql, e);
    }
    if (c1zdb_has(&c->db, table, "expansion", &has_expansion, e) < 0)
        return NULL;
    snprintf(sql, sizeof(sql),
        "SELECT id, data, %s, resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
        " principal_resource_id FROM %s NOT INDEXED WHERE sync_id = ?1 ORDER BY id",
        has_expansion ? "expansion" : "NULL", table);
    return c1zdb_prepare(&c->db, sql, e);
}

static int put_row(
    struct cat *c, enum kind kind, const ProtobufCMessageDescriptor *type, sqlite3_stmt *s, struct err *e)
{
    buf_clear(&c->line);
    arena_reset(&c->arena);
    if (format_row(c, kind, type, s, e) < 0)
        return err_context(
            e, "'%s': %s, row %lld", c->db.name, c1zdb_table(kind), (long long)sqlite3_column_int64(s, COL_ID));
    c->records++;
    return put_line(c, e);
}

static int put_kind(struct cat *c, enum kind kind, const char *sync_id, struct err *e)
{
    const char *message = kind_names(kind)->message;
    const ProtobufCMessageDescriptor *type = protojson_type(message, strlen(message));
    sqlite3_stmt *s = select_rows(c, kind, e);
    int r;

    if (s == NULL)
        return -1;
    sqlite3_bind_text(s, 1, sync_id, -1, SQLITE_STATIC);
    while ((r = c1zdb_step(&c->db, s, e)) > 0)
        if (put_row(c, kind, type, s, e) < 0) {
            r = -1;
            break;
        }
    sqlite3_finalize(s);
    return r;
}

/* Say that the sync did not finish, so that its stream is not taken for the whole. */
static int put_gap(struct cat *c, struct err *e)
{
    static const char gap[] = "{\"stream\":\"gap\",\"of\":\"sync\",\"reason\":\"unfinished\"}";

    log_warn("the sync is not finished");
    c->records++;
    c->gaps++;
    return out_line(&c->out, gap, sizeof(gap) - 1, e);
}

static int put_records(struct cat *c, const struct cat_options *o, struct err *e)
{
    struct c1zdb_sync sync;
    char source[sizeof(sync.id) + 8], started_at[sizeof(sync.started_at) + 2];

    if (c1zdb_choose_sync(&c->db, o->sync, &sync, e) < 0)
        return -1;
    if (!json_utf8(sync.id, strlen(sync.id)) || !json_utf8(sync.started_at, strlen(sync.started_at)))
        return err_set(e, EX_DATAERR, "'%s': v1_sync_runs holds text that is not UTF-8", c->db.name);
    snprintf(source, sizeof(source), "c1z:%s", sync.id);
    rfc3339(sync.started_at, started_at, sizeof(started_at));
    if (frame_begin(&c->out, FRAME_RECORDS, source, started_at, NULL, e) < 0)
        return -1;
    if (sync.ended_at[0] == '\0' && put_gap(c, e) < 0)
        return -1;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        if (o->kinds[kind] && put_kind(c, kind, sync.id, e) < 0)
            return -1;
    return frame_end(&c->out, c->records, c->gaps, NULL, e);
}

int cat_run(const struct cat_options *o, struct err *e)
{
    struct cat c = {.db.fd = -1};
    int r;

    out_init(&c.out, STDOUT_FILENO, "standard output");
    arena_init(&c.arena, MESSAGE_BYTES_MAX);
    buf_init(&c.line, LINE_BYTES_MAX);
    r = open_database(&c, o->file, e);
    if (r == 0)
        r = o->syncs ? put_syncs(&c, o->sync, e) : put_records(&c, o, e);
    /* What is right before the failure is printed too; without an end line nobody takes it for the whole. */
    if (r == 0)
        r = out_close(&c.out, e);
    else
        out_flush(&c.out, e);
    out_release(&c.out);
    c1zdb_close(&c.db);
    arena_release(&c.arena);
    buf_release(&c.line);
    return r;
}
