/*
 * The engine for files of format v3: a database of Pebble (reference/c1z-v3.md sections 5 and 6).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "c1z3.h"
#include "c1z3key.h"
#include "c1z3rec.h"
#include "c1zread_engine.h"
#include "pbwire.h"
#include "pebble.h"
#include "protofield.h"
#include "storage.pb-c.h"
#include "tempfile.h"

/* The longest key and message of a sync's own record. */
#define KEY_MAX ((size_t)64 << 20)
#define SYNC_BYTES_MAX ((size_t)64 << 20)

/* What the engine notes under these names: how keys are made. */
#define KEYSPACE "keyspace_version"
#define KEYSPACE_VERSION 2
#define ID_FORMAT "grant_entitlement_id_format"
#define ID_FORMAT_STRUCTURED 2

struct c1zread_file {
    struct c1z3 folder;
    struct pebble *db;
    const char *name;
};

/* ${value} and ${row} are those of record number ${n}; ${id} holds an id that the record does not spell out. */
struct c1zread_cursor {
    struct c1zread_file *file;
    struct pebble_scan *scan;
    enum kind kind;
    uint64_t n;
    struct span value;
    struct c1zread_row row;
    struct buf key, id;
};

/* The second byte of the keys of a kind. */
static const enum c1z3key_type key_types[KIND_COUNT] = {
    [KIND_RESOURCE_TYPE] = C1Z3KEY_RESOURCE_TYPE,
    [KIND_RESOURCE] = C1Z3KEY_RESOURCE,
    [KIND_ENTITLEMENT] = C1Z3KEY_ENTITLEMENT,
    [KIND_GRANT] = C1Z3KEY_GRANT,
};

/*
 * Opening.
 */

/* Append the value of ${key} to ${value}, which is emptied first. Return 1, 0 if there is none, or -1. */
static int get(struct c1zread_file *f, struct buf *key, struct buf *value, struct err *e)
{
    struct span from, to, found_key, found;
    struct pebble_scan *s;
    int r;

    buf_clear(value);
    buf_putc(key, '\0');
    if (key->failed)
        return err_set(e, EX_OSERR, "no memory");
    from = (struct span){(const uint8_t *)key->data, key->len - 1};
    to = (struct span){(const uint8_t *)key->data, key->len};
    if (pebble_scan_open(&s, f->db, from, to, e) < 0)
        return -1;
    r = pebble_scan_next(s, &found_key, &found, e);
    if (r > 0 && found.len > value->max)
        r = err_set(e, EX_DATAERR, "a record is too long");
    else if (r > 0 && buf_append(value, found.data, found.len) < 0)
        r = err_set(e, EX_OSERR, "no memory for a record");
    pebble_scan_close(s);
    return r;
}

/* What is noted under ${name}: a number of four bytes. Return 1, 0 if there is nothing, or -1. */
static int get_number(struct c1zread_file *f, const char *name, uint64_t *number, struct err *e)
{
    struct buf key, value;
    struct reader in;
    int r;

    buf_init(&key, KEY_MAX);
    buf_init(&value, KEY_MAX);
    c1z3key_meta(&key, name);
    r = get(f, &key, &value, e);
    in = reader_of(value.data, value.len);
    *number = reader_be(&in, 4);
    if (r > 0 && (in.bad || reader_left(&in) > 0))
        r = err_set(e, EX_DATAERR, "%s is no number of four bytes", name);
    buf_release(&key);
    buf_release(&value);
    return r;
}

/* Keys must be made the way we know. */
static int check_stamps(struct c1zread_file *f, struct err *e)
{
    uint64_t number;
    int r = get_number(f, KEYSPACE, &number, e);

    if (r < 0)
        return -1;
    if (r == 0)
        return err_set(
            e, EX_DATAERR, "it has no " KEYSPACE ": it is empty, or of an older layout that is not supported");
    if (number != KEYSPACE_VERSION)
        return err_set(e, EX_DATAERR, KEYSPACE " %" PRIu64 " is not supported", number);
    r = get_number(f, ID_FORMAT, &number, e);
    if (r == 0)
        return err_set(e, EX_DATAERR, "it has no " ID_FORMAT ": an older layout that is not supported");
    if (r > 0 && number != ID_FORMAT_STRUCTURED)
        return err_set(e, EX_DATAERR, ID_FORMAT " %" PRIu64 " is not supported", number);
    return r < 0 ? -1 : 0;
}

/* ${t} as v1 writes times: in UTC, without a zone, the fraction without trailing zeros. */
static int format_time(const Google__Protobuf__Timestamp *t, char *to, size_t size, struct err *e)
{
    time_t seconds = (time_t)t->seconds;
    struct tm tm;
    size_t n;

    if (t->nanos < 0 || t->nanos >= 1000000000 || gmtime_r(&seconds, &tm) == NULL || tm.tm_year < 1 - 1900 ||
        tm.tm_year > 9999 - 1900)
        return err_set(e, EX_DATAERR, "the sync has a time out of range");
    n = (size_t)snprintf(to, size, "%04d-%02d-%02d %02d:%02d:%02d.%09d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
        tm.tm_hour, tm.tm_min, tm.tm_sec, t->nanos);
    while (to[n - 1] == '0')
        to[--n] = '\0';
    if (to[n - 1] == '.')
        to[--n] = '\0';
    return 0;
}

/* A text of a record; an empty one is at no place there. */
static struct json_str text_of(ProtobufCBinaryData text)
{
    return (struct json_str){text.len > 0 ? (const char *)text.data : "", text.len};
}

static int add_sync(
    struct c1zread_file *f, const C1__Storage__V3__SyncRunRecord *r, struct c1zread_list *list, struct err *e)
{
    static const char *const types[] = {
        NULL, "full", "partial", "resources_only", "partial_upserts", "partial_deletions"};
    char started_at[C1ZREAD_TIME_SIZE] = "", ended_at[C1ZREAD_TIME_SIZE] = "";
    struct c1zread_found found = {.id = text_of(r->sync_id), .parent = text_of(r->parent_sync_id)};

    if (r->type < 1 || r->type >= (int)(sizeof(types) / sizeof(types[0])))
        return err_set(e, EX_DATAERR, "a sync of the type %d, which is not supported", r->type);
    if ((r->started_at != NULL && format_time(r->started_at, started_at, sizeof(started_at), e) < 0) ||
        (r->ended_at != NULL && format_time(r->ended_at, ended_at, sizeof(ended_at), e) < 0))
        return -1;
    found.type = (struct json_str){types[r->type], strlen(types[r->type])};
    found.started_at = (struct json_str){started_at, strlen(started_at)};
    if (r->ended_at != NULL)
        found.ended_at = (struct json_str){ended_at, strlen(ended_at)};
    return c1zread_add(list, f->name, &found, e);
}

static int parse_sync(struct c1zread_file *f, const struct buf *value, struct c1zread_list *list, struct err *e)
{
    ProtobufCMessage *m;
    struct arena a;
    int r;

    arena_init(&a, SYNC_BYTES_MAX);
    r = pbwire_unpack(&c1__storage__v3__sync_run_record__descriptor, value->data, value->len, &a, &m, e);
    if (r == 0)
        r = add_sync(f, (const C1__Storage__V3__SyncRunRecord *)m, list, e);
    arena_release(&a);
    return r;
}

/* A file holds one sync, or none. */
static int list_syncs(struct c1zread_file *f, struct c1zread_list *list, struct err *e)
{
    static const uint8_t name[] = {C1Z3KEY_FIRST, C1Z3KEY_SYNC};
    struct buf key, value;
    int r;

    buf_init(&key, KEY_MAX);
    buf_init(&value, SYNC_BYTES_MAX);
    buf_append(&key, name, sizeof(name));
    r = get(f, &key, &value, e);
    if (r > 0)
        r = parse_sync(f, &value, list, e);
    buf_release(&key);
    buf_release(&value);
    return r;
}

static void v3_close(struct c1zread_file *f)
{
    pebble_close(f->db);
    c1z3_close(&f->folder);
    free(f);
}

static struct c1zread_file *v3_open(int fd, const char *name, struct c1zread_list *list, struct err *e)
{
    struct c1zread_file *f = malloc(sizeof(*f));

    if (f == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    *f = (struct c1zread_file){.name = name};
    if (c1z3_open(&f->folder, fd, name, tempfile_dir(), e) == 0) {
        if (pebble_open(&f->db, f->folder.fd, f->folder.files, f->folder.n, e) == 0 && check_stamps(f, e) == 0 &&
            list_syncs(f, list, e) == 0)
            return f;
        err_context(e, "'%s'", name);
    }
    v3_close(f);
    return NULL;
}

/*
 * Records.
 */

static struct c1zread_cursor *v3_rows(struct c1zread_file *f, const struct c1zread_query *q, struct err *e)
{
    const uint8_t type = (uint8_t)key_types[q->kind];
    const uint8_t from[] = {C1Z3KEY_FIRST, type, 0}, to[] = {C1Z3KEY_FIRST, type, 1};
    struct c1zread_cursor *c = malloc(sizeof(*c));

    if (c == NULL) {
        err_set(e, EX_OSERR, "no memory");
        return NULL;
    }
    *c = (struct c1zread_cursor){.file = f, .kind = q->kind};
    if (pebble_scan_open(&c->scan, f->db, (struct span){from, sizeof(from)}, (struct span){to, sizeof(to)}, e) < 0) {
        free(c);
        return NULL;
    }
    buf_init(&c->key, KEY_MAX);
    buf_init(&c->id, KEY_MAX);
    return c;
}

static void v3_rows_close(struct c1zread_cursor *c)
{
    pebble_scan_close(c->scan);
    buf_release(&c->key);
    buf_release(&c->id);
    free(c);
}

static int v3_place(struct c1zread_cursor *c, struct err *e)
{
    return err_context(e, "'%s': %s %" PRIu64, c->file->name, kind_names(c->kind)->noun, c->n);
}

/* An id, if it is text as all ids are. */
static bool take_id(struct span s, struct json_str *id)
{
    *id = (struct json_str){(const char *)s.data, s.len};
    return s.len == 0 || (memchr(s.data, '\0', s.len) == NULL && json_utf8((const char *)s.data, s.len));
}

/* Take fields 1 and 2 of the message ${s}, and field 3 if ${third} is not NULL. */
static bool take_ref(struct span s, struct c1zread_ref *ref, struct json_str *third)
{
    struct reader in = reader_of(s.data, s.len);
    struct protofield f;
    bool good = true;

    while (good && protofield_next(&in, &f)) {
        if (f.wire != PROTOFIELD_BYTES)
            continue;
        if (f.number == 1)
            good = take_id(f.bytes, &ref->type);
        else if (f.number == 2)
            good = take_id(f.bytes, &ref->id);
        else if (f.number == 3 && third != NULL)
            good = take_id(f.bytes, third);
    }
    return good && !in.bad;
}

/* Take what a field says of the ids of a record of ${kind}. */
static bool take_field(enum kind kind, const struct protofield *f, struct c1zread_row *row)
{
    if (f->wire != PROTOFIELD_BYTES)
        return true;
    if (kind == KIND_RESOURCE) {
        if (f->number == 2)
            return take_id(f->bytes, &row->self.type);
        if (f->number == 3)
            return take_id(f->bytes, &row->self.id);
        return f->number != 6 || take_ref(f->bytes, &row->parent, NULL);
    }
    if (f->number == 2)
        return take_id(f->bytes, &row->id);
    if (f->number == 3 && kind == KIND_ENTITLEMENT)
        return take_ref(f->bytes, &row->on, NULL);
    if (f->number == 3 && kind == KIND_GRANT)
        return take_ref(f->bytes, &row->on, &row->entitlement);
    return f->number != 4 || kind != KIND_GRANT || take_ref(f->bytes, &row->principal, NULL);
}

static struct span span_of(struct json_str s)
{
    return (struct span){(const uint8_t *)s.s, s.len};
}

static struct c1z3key_ref key_ref(const struct c1zread_ref *ref)
{
    return (struct c1z3key_ref){span_of(ref->type), span_of(ref->id)};
}

/* The key that a record with these ids has. */
static void make_key(struct c1zread_cursor *c, const struct c1zread_row *row)
{
    const struct c1z3key_ref self = key_ref(&row->self), on = key_ref(&row->on), principal = key_ref(&row->principal);

    buf_clear(&c->key);
    if (c->kind == KIND_RESOURCE_TYPE)
        c1z3key_one(&c->key, C1Z3KEY_RESOURCE_TYPE, span_of(row->id));
    else if (c->kind == KIND_RESOURCE)
        c1z3key_resource(&c->key, &self);
    else if (c->kind == KIND_ENTITLEMENT)
        c1z3key_entitlement(&c->key, &on, span_of(row->id));
    else
        c1z3key_grant(&c->key, &on, span_of(row->entitlement), &principal);
}

static void put_text(struct buf *b, struct json_str text)
{
    buf_append(b, text.s, text.len);
}

/* The id of a grant that does not spell it out: that of the convention. */
static void make_id(struct c1zread_cursor *c, struct c1zread_row *row)
{
    buf_clear(&c->id);
    put_text(&c->id, row->entitlement);
    buf_putc(&c->id, ':');
    put_text(&c->id, row->principal.type);
    buf_putc(&c->id, ':');
    put_text(&c->id, row->principal.id);
    row->id = (struct json_str){c->id.data, c->id.len};
}

/* Take the ids of the record; they must be those of its key, by which records are sorted. */
static int take_row(struct c1zread_cursor *c, struct span key, struct c1zread_row *row, struct err *e)
{
    static const struct json_str none = {"", 0};
    struct reader in = reader_of(c->value.data, c->value.len);
    struct protofield f;

    *row = (struct c1zread_row){none, {none, none}, {none, none}, {none, none}, none, {none, none}};
    while (protofield_next(&in, &f))
        if (!take_field(c->kind, &f, row))
            return err_set(e, EX_DATAERR, "an id is no text");
    if (in.bad)
        return err_set(e, EX_DATAERR, "the record is malformed");
    make_key(c, row);
    if (c->kind == KIND_GRANT && row->id.len == 0)
        make_id(c, row);
    if (c->key.failed || c->id.failed)
        return err_set(e, EX_OSERR, "no memory");
    if (span_compare(key, (struct span){(const uint8_t *)c->key.data, c->key.len}) != 0)
        return err_set(e, EX_DATAERR, "the record's ids are not those of its key");
    return 0;
}

static int v3_next(struct c1zread_cursor *c, struct c1zread_row *row, struct err *e)
{
    struct span key;
    int r = pebble_scan_next(c->scan, &key, &c->value, e);

    if (r < 0)
        return err_context(e, "'%s'", c->file->name);
    if (r == 0)
        return 0;
    c->n++;
    if (take_row(c, key, &c->row, e) < 0)
        return v3_place(c, e);
    *row = c->row;
    return 1;
}

static int v3_message(struct c1zread_cursor *c, struct arena *a, ProtobufCMessage **m, struct err *e)
{
    return c1z3rec_message(c->kind, c->value, a, m, e) < 0 ? v3_place(c, e) : 0;
}

static int take_asset(const struct buf *value, struct buf *data, struct err *e)
{
    struct reader in = reader_of(value->data, value->len);
    struct protofield f;

    while (protofield_next(&in, &f)) {
        if (f.number != 4 || f.wire != PROTOFIELD_BYTES)
            continue;
        if (f.bytes.len > data->max - data->len)
            return err_set(e, EX_DATAERR, "it is too large");
        if (buf_append(data, f.bytes.data, f.bytes.len) < 0)
            return err_set(e, EX_OSERR, "no memory");
    }
    return in.bad ? err_set(e, EX_DATAERR, "it is malformed") : 1;
}

static int v3_asset(
    struct c1zread_file *f, const struct c1zread_sync *sync, const char *id, struct buf *data, struct err *e)
{
    struct buf key, value;
    int r;

    (void)sync; /* a file holds one */
    buf_init(&key, KEY_MAX);
    buf_init(&value, PEBBLE_VALUE_MAX);
    c1z3key_one(&key, C1Z3KEY_ASSET, (struct span){(const uint8_t *)id, strlen(id)});
    r = get(f, &key, &value, e);
    if (r > 0)
        r = take_asset(&value, data, e);
    buf_release(&key);
    buf_release(&value);
    return r < 0 ? err_context(e, "'%s': the asset '%s'", f->name, id) : r;
}

const struct c1zread_engine c1zread_v3 = {
    .open = v3_open,
    .close = v3_close,
    .rows = v3_rows,
    .rows_close = v3_rows_close,
    .next = v3_next,
    .message = v3_message,
    .place = v3_place,
    .asset = v3_asset,
};
