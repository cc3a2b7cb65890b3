#include "grants.h"

#include <string.h>

#include "sources.h"

/* What stays in memory of each stash. */
#define HEADS_IN_MEMORY ((size_t)8 << 20)
#define BODIES_IN_MEMORY ((size_t)8 << 20)
#define EXPANDING_IN_MEMORY ((size_t)1 << 20)

/* The longest message that is made to be compared: seven ids and what stands between. */
#define PLAIN_MAX ((size_t)16 << 10)

/* The longest of id and expansion together, and more. */
#define BESIDE_MAX ((size_t)256 << 20)

/* The length of what is not there. */
#define NONE UINT32_MAX

/* Fields of messages. */
enum { ENTITLEMENT_RESOURCE = 1, ENTITLEMENT_ID = 2, RESOURCE_ID = 1, ID_TYPE = 1, ID_RESOURCE = 2 };

/* A grant as it stands in ${heads}; ${body} is where it goes on in ${bodies}, and one more, or 0. */
struct head {
    uint64_t line;
    uint32_t entitlement, principal;
    uint64_t body;
};

/* What stands there before the bytes of id, message, expansion and sources: their lengths. */
struct body {
    uint32_t id, message, expansion, sources;
    uint64_t from;
};

void grants_open(struct grants *g, const char *dir)
{
    *g = (struct grants){0};
    refs_init(&g->entitlements);
    refs_init(&g->principals);
    stash_open(&g->heads, dir, HEADS_IN_MEMORY);
    stash_open(&g->bodies, dir, BODIES_IN_MEMORY);
    stash_open(&g->expanding, dir, EXPANDING_IN_MEMORY);
    buf_init(&g->scratch, PLAIN_MAX);
    buf_init(&g->beside, BESIDE_MAX);
}

void grants_close(struct grants *g)
{
    refs_release(&g->entitlements);
    refs_release(&g->principals);
    stash_close(&g->heads);
    stash_close(&g->bodies);
    stash_close(&g->expanding);
    buf_release(&g->scratch);
    buf_release(&g->beside);
}

void grants_put_id(struct buf *out, struct ref entitlement, struct ref principal)
{
    refs_by_grant_id(out, entitlement);
    refs_by_grant_id(out, principal);
}

static void put_resource_id(struct buf *out, struct ref ref)
{
    wire_put_head(out, RESOURCE_ID, wire_size(ref.type) + wire_size(ref.id));
    wire_put(out, ID_TYPE, ref_type(ref));
    wire_put(out, ID_RESOURCE, ref_id(ref));
}

void grants_put_resource(struct buf *out, unsigned number, struct ref ref)
{
    wire_put_head(out, number, wire_size(wire_size(ref.type) + wire_size(ref.id)));
    put_resource_id(out, ref);
}

/* The length of what grants_put_id appends. */
static size_t id_len(struct ref entitlement, struct ref principal)
{
    return (size_t)entitlement.entitlement + principal.type + principal.id + 2;
}

/* Append the message of a grant that has no more than its ids; ${id} is NULL if it is the conventional one. */
static void put_plain(struct buf *out, struct ref entitlement, struct ref principal, const struct wire_bytes *id)
{
    size_t resource = wire_size(wire_size(wire_size(entitlement.type) + wire_size(entitlement.id)));

    wire_put_head(out, GRANT_ENTITLEMENT, resource + wire_size(entitlement.entitlement));
    grants_put_resource(out, ENTITLEMENT_RESOURCE, entitlement);
    wire_put(out, ENTITLEMENT_ID, ref_entitlement(entitlement));
    grants_put_resource(out, GRANT_PRINCIPAL, principal);
    wire_put_head(out, GRANT_ID, id == NULL ? id_len(entitlement, principal) : id->len);
    if (id == NULL)
        grants_put_id(out, entitlement, principal);
    else
        buf_append(out, id->p, id->len);
}

static struct wire_bytes piece_bytes(const struct buf *bytes, const struct record_piece *piece)
{
    return (struct wire_bytes){(const uint8_t *)bytes->data + piece->at, piece->len};
}

/* What the texts from ${first} on refer to: they stand one behind the other. */
static struct ref ref_of(const struct record *r, const struct buf *bytes, int first, bool entitlement)
{
    const struct record_piece *text = &r->text[first];

    return (struct ref){(const uint8_t *)bytes->data + text[0].at, (uint16_t)text[0].len, (uint16_t)text[1].len,
        entitlement ? (uint16_t)text[2].len : 0};
}

/* Whether ${id} is the conventional one. */
static bool is_conventional(struct wire_bytes id, struct ref entitlement, struct ref principal)
{
    const uint8_t *p = id.p;

    if (id.len != id_len(entitlement, principal) ||
        memcmp(p, ref_entitlement(entitlement).p, entitlement.entitlement) != 0)
        return false;
    p += entitlement.entitlement;
    return p[0] == ':' && memcmp(p + 1, principal.p, principal.type) == 0 && p[1 + principal.type] == ':' &&
           memcmp(p + 2 + principal.type, ref_id(principal).p, principal.id) == 0;
}

/* Whether the message of ${grant} is that of its ids alone. */
static bool is_plain(struct grants *g, const struct grant *grant, struct ref entitlement, struct ref principal)
{
    buf_clear(&g->scratch);
    put_plain(&g->scratch, entitlement, principal, &grant->id);
    return !g->scratch.failed && g->scratch.len == grant->message.len &&
           memcmp(g->scratch.data, grant->message.p, grant->message.len) == 0;
}

static int put_piece(struct stash *s, struct wire_bytes bytes, uint32_t len, struct err *e)
{
    return len == NONE ? 0 : stash_put(s, bytes.p, len, e);
}

/* Put what ${grant} has beside its head; where it stands is ${*at}. */
static int put_body(struct grants *g, const struct grant *grant, uint64_t *at, struct err *e)
{
    struct body body = {
        .id = grant->conventional ? NONE : (uint32_t)grant->id.len,
        .message = grant->plain ? NONE : (uint32_t)grant->message.len,
        .expansion = grant->expands ? (uint32_t)grant->expansion.len : NONE,
        .sources = (uint32_t)grant->sources.len,
        .from = grant->from,
    };

    *at = g->bodies.len + 1;
    if (stash_put(&g->bodies, &body, sizeof(body), e) < 0 || put_piece(&g->bodies, grant->id, body.id, e) < 0 ||
        put_piece(&g->bodies, grant->message, body.message, e) < 0 ||
        put_piece(&g->bodies, grant->expansion, body.expansion, e) < 0)
        return -1;
    return put_piece(&g->bodies, grant->sources, body.sources, e);
}

static int put_head(struct grants *g, const struct grant *grant, uint64_t body, struct err *e)
{
    struct head head = {grant->line, grant->entitlement, grant->principal, body};

    if (stash_put(&g->heads, &head, sizeof(head), e) < 0)
        return -1;
    g->n++;
    return 0;
}

int grants_add(struct grants *g, const struct record *r, const struct buf *bytes, bool *fresh_entitlement,
    bool *fresh_principal, struct err *e)
{
    struct ref entitlement = ref_of(r, bytes, G_RESOURCE_TYPE, true);
    struct ref principal = ref_of(r, bytes, G_PRINCIPAL_TYPE, false);
    struct grant grant = {.line = r->line, .from = GRANTS_PLAIN, .expands = !r->expansion.null};
    uint64_t body = 0;

    if (refs_add(&g->entitlements, entitlement, &grant.entitlement, fresh_entitlement, e) < 0 ||
        refs_add(&g->principals, principal, &grant.principal, fresh_principal, e) < 0)
        return -1;
    grant.id = piece_bytes(bytes, &r->text[G_EXTERNAL_ID]);
    grant.message = piece_bytes(bytes, &r->data);
    grant.conventional = is_conventional(grant.id, entitlement, principal);
    grant.plain = r->plain || is_plain(g, &grant, entitlement, principal);
    if (grant.expands) {
        grant.expansion = piece_bytes(bytes, &r->expansion);
        if (stash_put(&g->expanding, &g->n, sizeof(g->n), e) < 0)
            return -1;
    }
    if ((!grant.conventional || !grant.plain || grant.expands) && put_body(g, &grant, &body, e) < 0)
        return -1;
    return put_head(g, &grant, body, e);
}

int grants_make(struct grants *g, const struct grant *made, struct err *e)
{
    uint64_t body;

    if (put_body(g, made, &body, e) < 0 || put_head(g, made, body, e) < 0)
        return -1;
    g->made++;
    return 0;
}

/* Read the head of grant ${number}, and what it says into ${grant}. */
static int read_head(struct grants *g, uint64_t number, struct head *head, struct grant *grant, struct err *e)
{
    const void *p = stash_at(&g->heads, number * sizeof(*head), sizeof(*head), e);

    if (p == NULL)
        return -1;
    memcpy(head, p, sizeof(*head));
    grant->line = head->line;
    grant->entitlement = head->entitlement;
    grant->principal = head->principal;
    return 0;
}

int grants_head(struct grants *g, uint64_t number, struct grant *grant, struct err *e)
{
    struct head head;

    return read_head(g, number, &head, grant, e);
}

/* Take the next ${len} bytes at ${*p}, if they are there. */
static struct wire_bytes take_piece(const uint8_t **p, uint32_t len)
{
    struct wire_bytes bytes = {*p, len == NONE ? 0 : len};

    *p += bytes.len;
    return bytes;
}

static int read_body(struct grants *g, uint64_t at, struct grant *grant, struct err *e)
{
    const uint8_t *p = stash_at(&g->bodies, at, sizeof(struct body), e);
    struct body body;
    size_t len;

    if (p == NULL)
        return -1;
    memcpy(&body, p, sizeof(body));
    len = sizeof(body) + (body.id == NONE ? 0 : body.id) + (body.message == NONE ? 0 : body.message) +
          (body.expansion == NONE ? 0 : body.expansion) + body.sources;
    p = stash_at(&g->bodies, at, len, e);
    if (p == NULL)
        return -1;
    p += sizeof(body);
    grant->conventional = body.id == NONE;
    grant->plain = body.message == NONE;
    grant->expands = body.expansion != NONE;
    grant->id = take_piece(&p, body.id);
    grant->message = take_piece(&p, body.message);
    grant->expansion = take_piece(&p, body.expansion);
    grant->sources = take_piece(&p, body.sources);
    grant->from = body.from;
    return 0;
}

int grants_read(struct grants *g, uint64_t number, struct grant *grant, struct err *e)
{
    struct head head;

    *grant = (struct grant){.conventional = true, .plain = true, .from = GRANTS_PLAIN};
    if (read_head(g, number, &head, grant, e) < 0)
        return -1;
    return head.body == 0 ? 0 : read_body(g, head.body - 1, grant, e);
}

uint32_t grants_source(const struct grant *grant, size_t i, bool *direct)
{
    uint32_t source;

    memcpy(&source, grant->sources.p + i * sizeof(source), sizeof(source));
    *direct = (source & 1) != 0;
    return source >> 1;
}

int grants_change(struct grants *g, uint64_t number, struct wire_bytes message, struct err *e)
{
    struct grant grant;
    struct head head;
    uint64_t body;

    if (grants_read(g, number, &grant, e) < 0)
        return -1;
    /* What it has beside the message is in the stash that grows. */
    buf_clear(&g->beside);
    buf_append(&g->beside, grant.id.p, grant.id.len);
    buf_append(&g->beside, grant.expansion.p, grant.expansion.len);
    if (g->beside.failed)
        return err_set(e, EX_OSERR, "no memory for a grant");
    grant.id.p = (const uint8_t *)g->beside.data;
    grant.expansion.p = (const uint8_t *)g->beside.data + grant.id.len;
    grant.message = message;
    grant.plain = false;
    if (put_body(g, &grant, &body, e) < 0 || read_head(g, number, &head, &grant, e) < 0)
        return -1;
    head.body = body;
    return stash_change(&g->heads, number * sizeof(head), &head, sizeof(head), e);
}

int grants_drop(struct grants *g, uint64_t number, struct err *e)
{
    struct grant grant;
    struct head head;

    if (read_head(g, number, &head, &grant, e) < 0)
        return -1;
    head.line = 0;
    g->dropped++;
    return stash_change(&g->heads, number * sizeof(head), &head, sizeof(head), e);
}

uint64_t grants_count(const struct grants *g)
{
    return g->n - g->dropped;
}

void grants_id(const struct grants *g, const struct grant *grant, struct buf *out)
{
    if (grant->conventional)
        grants_put_id(out, g->entitlements.list[grant->entitlement], g->principals.list[grant->principal]);
    else
        buf_append(out, grant->id.p, grant->id.len);
}

void grants_put_message(const struct grants *g, const struct grant *grant, struct buf *out)
{
    if (grant->plain)
        put_plain(out, g->entitlements.list[grant->entitlement], g->principals.list[grant->principal],
            grant->conventional ? NULL : &grant->id);
    else
        buf_append(out, grant->message.p, grant->message.len);
}

uint64_t grants_expanding(const struct grants *g)
{
    return g->expanding.len / sizeof(uint64_t);
}

int grants_expander(struct grants *g, uint64_t i, struct grant *grant, struct err *e)
{
    uint64_t number;
    const void *p = stash_at(&g->expanding, i * sizeof(number), sizeof(number), e);

    if (p == NULL)
        return -1;
    memcpy(&number, p, sizeof(number));
    return grants_read(g, number, grant, e);
}
