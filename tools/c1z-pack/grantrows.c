#include "grantrows.h"

#include <string.h>

#include "store.h"

/* The annotation of every grant that expansion makes: an Any with the type of an empty message. */
static const char immutable[] = "\x0a\x32type.googleapis.com/c1.connector.v2.GrantImmutable";

/* The most a grant may take, with all its sources. */
#define GRANT_BYTES_MAX ((size_t)512 << 20)
#define ID_MAX ((size_t)4 * RECORD_ID_MAX)

static struct wire_bytes bytes_of(const struct buf *b)
{
    return (struct wire_bytes){(const uint8_t *)b->data, b->len};
}

static int no_memory(struct err *e)
{
    return err_set(e, EX_OSERR, "no memory for a grant");
}

int grantrows_open(struct grantrows *x, struct store *s, bool bare, struct err *e)
{
    *x = (struct grantrows){.s = s, .bare = bare, .entitlement = UINT32_MAX};
    buf_init(&x->whole, GRANT_BYTES_MAX);
    buf_init(&x->principal, GRANT_BYTES_MAX);
    buf_init(&x->id, ID_MAX);
    buf_init(&x->message, GRANT_BYTES_MAX);
    x->read = c1zdb_prepare(&s->db, "SELECT data FROM v1_entitlements WHERE external_id = ?1 AND sync_id = ?2", e);
    if (x->read == NULL)
        return -1;
    sqlite3_bind_text(x->read, 2, s->sync_id, -1, SQLITE_STATIC);
    return 0;
}

void grantrows_close(struct grantrows *x)
{
    sqlite3_finalize(x->read);
    buf_release(&x->whole);
    buf_release(&x->principal);
    buf_release(&x->id);
    buf_release(&x->message);
    sources_release(&x->sources);
    *x = (struct grantrows){0};
}

/* Bring the message of entitlement ${number} into ${x}->whole. */
static int read_entitlement(struct grantrows *x, uint32_t number, struct err *e)
{
    int r;

    if (x->entitlement == number)
        return 0;
    x->entitlement = number;
    store_bind(x->read, 1, ref_entitlement(x->s->grants.entitlements.list[number]));
    r = c1zdb_step(&x->s->db, x->read, e);
    if (r > 0) {
        struct wire_bytes message = store_column(x->read, 0);

        buf_clear(&x->whole);
        r = buf_append(&x->whole, message.p, message.len) < 0 ? no_memory(e) : 1;
    } else if (r == 0) {
        /* References were checked: the entitlement of every grant is there. */
        r = err_set(e, EX_SOFTWARE, "an entitlement is gone");
    }
    sqlite3_reset(x->read);
    return r < 0 ? -1 : 0;
}

/* Bring the principal into ${x}->principal as the message of grant number ${from} has it, which is of line ${*said}. */
static int read_principal(struct grantrows *x, uint64_t from, uint64_t *said, struct err *e)
{
    struct grant grant;
    struct wire_bytes principal;

    if (grants_read(&x->s->grants, from, &grant, e) < 0)
        return -1;
    *said = grant.line;
    principal = wire_find(grant.message, GRANT_PRINCIPAL);
    buf_clear(&x->principal);
    return buf_append(&x->principal, principal.p, principal.len) < 0 ? no_memory(e) : 0;
}

static int read_sources(struct grantrows *x, const struct grant *grant, struct err *e)
{
    const struct refs *entitlements = &x->s->grants.entitlements;

    x->sources.len = 0;
    for (size_t i = 0; i < grants_sources(grant); i++) {
        struct source source;

        source.key = ref_entitlement(entitlements->list[grants_source(grant, i, &source.direct)]);
        if (sources_append(&x->sources, source, e) < 0)
            return -1;
    }
    return 0;
}

static void put_made(struct grantrows *x, const struct grant *grant)
{
    struct wire_bytes annotation = {(const uint8_t *)immutable, sizeof(immutable) - 1};

    if (!x->bare)
        wire_put(&x->message, GRANT_ENTITLEMENT, bytes_of(&x->whole));
    if (grant->from != GRANTS_PLAIN)
        wire_put(&x->message, GRANT_PRINCIPAL, bytes_of(&x->principal));
    else if (!x->bare)
        grants_put_resource(&x->message, GRANT_PRINCIPAL, x->s->grants.principals.list[grant->principal]);
    if (!x->bare)
        wire_put(&x->message, GRANT_ID, bytes_of(&x->id));
    wire_put(&x->message, GRANT_ANNOTATIONS, annotation);
    sources_put(&x->message, &x->sources);
}

/* Make the message of ${grant}, which was made. What it points at is read before another is. */
static int make_message(struct grantrows *x, const struct grant *grant, uint64_t *said, struct err *e)
{
    *said = 0;
    if (!x->bare && read_entitlement(x, grant->entitlement, e) < 0)
        return -1;
    if (read_sources(x, grant, e) < 0)
        return -1;
    if (grant->from != GRANTS_PLAIN && read_principal(x, grant->from, said, e) < 0)
        return -1;
    put_made(x, grant);
    return 0;
}

int grantrows_read(struct grantrows *x, uint64_t number, struct grantrow *row, struct err *e)
{
    struct grants *g = &x->s->grants;
    struct grant grant;

    if (grants_read(g, number, &grant, e) < 0)
        return -1;
    if (grant.line == 0)
        return 0;
    buf_clear(&x->id);
    buf_clear(&x->message);
    grants_id(g, &grant, &x->id);
    *row = (struct grantrow){.line = grant.line,
        .said = grant.line,
        .entitlement = grant.entitlement,
        .principal = grant.principal,
        .expansion = grant.expansion,
        .expands = grant.expands};
    if (number >= g->n - g->made) {
        if (make_message(x, &grant, &row->said, e) < 0)
            return -1;
    } else if (!grant.plain) {
        row->message = grant.message;
    } else if (!x->bare) {
        grants_put_message(g, &grant, &x->message);
    }
    if (x->id.failed || x->message.failed)
        return no_memory(e);
    row->id = bytes_of(&x->id);
    if (grant.plain)
        row->message = bytes_of(&x->message);
    return 1;
}
