/* Grants as numbers and what these do not say: put, read back, changed, dropped; their ids in order. */
#include "c1z-pack/grants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c1z-pack/grantids.h"
#include "tap.h"
#include "tempfile.h"

#define MANY 60000

/* Put ${text} into ${bytes} as the piece. */
static void put(struct buf *bytes, struct record_piece *piece, const char *text)
{
    *piece = (struct record_piece){.at = bytes->len, .len = strlen(text)};
    buf_puts(bytes, text);
}

/*
 * Add the grant of ${entitlement} on "t", "r" to ${principal}, a "u".  ${id} NULL: the conventional one; ${message} NULL: as
 * it is of the ids alone; ${expansion} NULL: none.
 */
static void add(struct grants *g, uint64_t line, const char *entitlement, const char *principal, const char *id,
    const char *message, const char *expansion)
{
    struct record r = {.kind = KIND_GRANT, .line = line, .expansion.null = true};
    struct err e = {0};
    struct buf bytes;
    char text[256];
    bool a, b;

    buf_init(&bytes, 4096);
    put(&bytes, &r.text[G_RESOURCE_TYPE], "t");
    put(&bytes, &r.text[G_RESOURCE_ID], "r");
    put(&bytes, &r.text[G_ENTITLEMENT_ID], entitlement);
    put(&bytes, &r.text[G_PRINCIPAL_TYPE], "u");
    put(&bytes, &r.text[G_PRINCIPAL_ID], principal);
    snprintf(text, sizeof(text), "%s:u:%s", entitlement, principal);
    put(&bytes, &r.text[G_EXTERNAL_ID], id == NULL ? text : id);
    if (message == NULL)
        snprintf(text, sizeof(text), "\n%c\n\b\n\6\n\1t\22\1r\22%c%s\22%c\n%c\n\1u\22%c%s\32%c%.*s", /* its protobuf */
            (char)(12 + strlen(entitlement)), (char)strlen(entitlement), entitlement, (char)(7 + strlen(principal)),
            (char)(5 + strlen(principal)), (char)strlen(principal), principal, (char)r.text[G_EXTERNAL_ID].len,
            (int)r.text[G_EXTERNAL_ID].len, bytes.data + r.text[G_EXTERNAL_ID].at);
    put(&bytes, &r.data, message == NULL ? text : message);
    if (expansion != NULL)
        put(&bytes, &r.expansion, expansion);
    grants_add(g, &r, &bytes, &a, &b, &e);
    buf_release(&bytes);
}

static bool is(struct wire_bytes bytes, const char *text)
{
    return bytes.len == strlen(text) && memcmp(bytes.p, text, bytes.len) == 0;
}

static bool keeps(void)
{
    struct err e = {0};
    struct grant a, b, c, d;
    struct grants g;
    bool good;

    grants_open(&g, tempfile_dir());
    add(&g, 3, "e", "p", NULL, NULL, NULL);
    good = grants_read(&g, 0, &a, &e) == 0 && a.line == 3 && a.conventional && a.plain && !a.expands;
    good = good && g.bodies.len == 0;
    add(&g, 4, "e", "q", "odd", NULL, NULL);
    good = good && grants_read(&g, 1, &b, &e) == 0 && !b.conventional && is(b.id, "odd") && b.plain;
    add(&g, 9, "f", "p", NULL, "message", "");
    good = good && grants_read(&g, 2, &c, &e) == 0 && is(c.message, "message") && !c.plain && c.expands &&
           c.expansion.len == 0 && c.conventional && c.principal == a.principal && c.entitlement != a.entitlement;
    good = good && grants_expanding(&g) == 1 && grants_expander(&g, 0, &d, &e) == 0 && d.line == 9;
    grants_close(&g);
    return good;
}

static bool changes(void)
{
    struct err e = {0};
    struct grant grant;
    struct grants g;
    bool good;

    grants_open(&g, tempfile_dir());
    add(&g, 1, "e", "p", "odd", NULL, "x");
    add(&g, 2, "e", "q", NULL, NULL, NULL);
    good = grants_change(&g, 0, (struct wire_bytes){(const uint8_t *)"new", 3}, &e) == 0 &&
           grants_read(&g, 0, &grant, &e) == 0 && is(grant.message, "new") && !grant.plain && is(grant.id, "odd") &&
           is(grant.expansion, "x") && grant.line == 1;
    good = good && grants_drop(&g, 1, &e) == 0 && grants_read(&g, 1, &grant, &e) == 0 && grant.line == 0;
    good = good && grants_count(&g) == 1;
    grants_close(&g);
    return good;
}

static bool makes(void)
{
    const uint32_t sources[] = {1 << 1 | 1, 0 << 1};
    struct grant made = {.line = 8,
        .conventional = true,
        .plain = true,
        .sources = {(const uint8_t *)sources, sizeof(sources)},
        .from = 1};
    struct err e = {0};
    struct grant grant;
    struct grants g;
    bool good, direct;

    grants_open(&g, tempfile_dir());
    add(&g, 1, "e", "p", "x", NULL, NULL); /* so that the body of the next stands at an odd place */
    add(&g, 2, "f", "p", NULL, NULL, NULL);
    good = grants_make(&g, &made, &e) == 0 && g.made == 1 && grants_read(&g, 2, &grant, &e) == 0;
    good = good && grant.line == 8 && grant.from == 1 && grants_sources(&grant) == 2;
    good = good && grants_source(&grant, 0, &direct) == 1 && direct;
    good = good && grants_source(&grant, 1, &direct) == 0 && !direct;
    grants_close(&g);
    return good;
}

/* More than memory holds of heads and bodies. */
static bool keeps_many(void)
{
    struct err e = {0};
    struct grant grant;
    struct grants g;
    char principal[32], message[256];
    bool good = true;

    grants_open(&g, tempfile_dir());
    memset(message, 'm', sizeof(message));
    for (unsigned i = 0; i < 8 * MANY; i++) {
        snprintf(principal, sizeof(principal), "%u", i % MANY);
        snprintf(message + 200, 50, "%u", i);
        add(&g, i + 1, "e", principal, NULL, i % 8 == 0 ? message : NULL, NULL);
    }
    for (unsigned i = 0; good && i < 8 * MANY; i++) {
        unsigned k = i * 2654435761U % (8 * MANY);

        snprintf(message + 200, 50, "%u", k);
        good = grants_read(&g, k, &grant, &e) == 0 && grant.line == k + 1 && grant.plain == (k % 8 != 0) &&
               (grant.plain || is(grant.message, message));
    }
    grants_close(&g);
    return good;
}

/* The ids of the grants "entitlement/principal/id ..." (an empty id: the conventional one) in order, "=" for the same. */
static bool sorts(const char *list, const char *ids)
{
    char entitlement[16], principal[16], id[32], got[256] = "";
    struct grantids x = {0};
    struct grantid next;
    struct err e = {0};
    struct grants g;
    uint64_t line = 1;
    int n;

    grants_open(&g, tempfile_dir());
    for (; sscanf(list, " %15[^/ ]/%15[^/ ]/%n", entitlement, principal, &n) == 2; line++) {
        list += n;
        n = 0;
        id[0] = '\0';
        sscanf(list, "%31[^ ]%n", id, &n);
        list += n;
        add(&g, line, entitlement, principal, id[0] == '\0' ? NULL : id, NULL, NULL);
    }
    if (grantids_open(&x, &g, tempfile_dir(), true, &e) == 0)
        while (grantids_next(&x, &next, &e) > 0) {
            size_t len = strlen(got);

            snprintf(got + len, sizeof(got) - len, "%s%s%.*s(%d)", len > 0 ? " " : "", next.same ? "=" : "",
                (int)next.id.len, (const char *)next.id.data, (int)next.grant);
        }
    grantids_close(&x);
    grants_close(&g);
    if (strcmp(got, ids) != 0)
        printf("# %s\n", got);
    return strcmp(got, ids) == 0;
}

int main(void)
{
    tap_ok(keeps(), "what is put is read");
    tap_ok(changes(), "messages change, and nothing else; grants are dropped");
    tap_ok(makes(), "made ones have sources");
    tap_ok(keeps_many(), "many, in any order");
    tap_ok(sorts("", ""), "no ids");
    tap_ok(sorts("e/q/ e/p/ d/z/", "d:u:z(3) e:u:p(2) e:u:q(1)"), "ids of the convention");
    tap_ok(sorts("e/q/ e/p/a d/z/e:u:q", "a(2) e:u:q(1) =e:u:q(3)"), "and others between them");
    tap_ok(sorts("e/q/ e/q/ e/q/", "e:u:q(1) =e:u:q(2) =e:u:q(3)"), "the same thrice");
    tap_ok(sorts("e/z/ e:u/a/ e0/b/", "e0:u:b(3) e:u:u:a(2) e:u:z(1)"), "one that begins another, and a colon");
    tap_ok(sorts("e/u:a/ e:u/a/", "e:u:u:a(1) =e:u:u:a(2)"), "two ways to the same");
    return tap_done();
}
