/*
 * Client ids and secrets, good and bad; and the assertion made with one, bit for bit (the vector of
 * reference/conductorone-service.md section 1.5, on the key of RFC 8037 appendix A.1).
 */
#include <stdio.h>
#include <string.h>

#include "c1-serve/assertion.h"
#include "c1-serve/b64url.h"
#include "c1-serve/credential.h"
#include "tap.h"

#define ID "quiet-otter-12345@tenant.example.test/ccc"
#define X "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define D "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\""
#define OKP "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","

static const struct {
    const char *id;
    bool good;
    const char *name, *host;
} ids[] = {
    {ID, true, "quiet-otter-12345", "tenant.example.test"},
    {"a@b/", true, "a", "b"},
    {"a@b:8443/c/d", true, "a", "b:8443"},
    {"a@b@c/d", true, "a", "b@c"},
    {"", false, NULL, NULL},
    {"a@b", false, NULL, NULL},
    {"ab/c", false, NULL, NULL},
    {"@b/c", false, NULL, NULL},
    {"a@/c", false, NULL, NULL},
    {"a\n@b/c", false, NULL, NULL},
    {"a@b\xc3\xa9/c", false, NULL, NULL},
};

/* A key's JSON, which the test encodes; ${kid} is what is found in it. */
static const struct {
    const char *json;
    bool good;
    const char *kid;
} keys[] = {
    {OKP X "," D "}", true, NULL},
    {"{" D "," X ",\"crv\":\"Ed25519\",\"kty\":\"OKP\"}", true, NULL},
    {OKP X "," D ",\"kid\":\"k1\"}", true, "k1"},
    {OKP X "," D ",\"kid\":\"\",\"use\":\"sig\",\"other\":{\"a\":[1]}}", true, NULL},
    {OKP X "," D ",\"kid\":\"a\\u0000b\"}", false, NULL},
    {OKP X "}", false, NULL},
    {OKP D "}", false, NULL},
    {OKP X "," X "," D "}", false, NULL},
    {"{\"kty\":\"EC\",\"crv\":\"Ed25519\"," X "," D "}", false, NULL},
    {"{\"kty\":\"OKP\",\"crv\":\"X25519\"," X "," D "}", false, NULL},
    {"{\"KTY\":\"OKP\",\"crv\":\"Ed25519\"," X "," D "}", false, NULL},
    {OKP X ",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2\"}", false, NULL},
    {OKP X ",\"d\":\"oWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}", false, NULL},
    {OKP X ",\"d\":5}", false, NULL},
    {"[]", false, NULL},
    {"", false, NULL},
};

/* Texts of secrets as they stand. */
static const char *const bad_secrets[] = {
    "", ":::", "a:b:v1:", "a:b:v2:e30", "a:b:e30", "v1:e30", "a:b:v1:e30=", "a:b:v1:e 30"};

static void put_secret(struct buf *out, const char *json)
{
    buf_puts(out, "secret-token:conductorone.com:v1:");
    b64url_put(out, json, strlen(json));
}

static void test_ids(void)
{
    struct buf secret;

    buf_init(&secret, 4096);
    put_secret(&secret, OKP X "," D "}");
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct credential c;
        struct err e = {0};
        int r = credential_parse(&c, ids[i].id, buf_cstr(&secret), &e);

        if (ids[i].good)
            tap_ok(r == 0 && strcmp(c.name, ids[i].name) == 0 && strcmp(c.host, ids[i].host) == 0, ids[i].id);
        else
            tap_ok(r < 0 && e.status == EX_CONFIG && strcmp(e.msg, "invalid client id") == 0, "refused: an id");
        if (r == 0)
            credential_release(&c);
    }
    buf_release(&secret);
}

static void test_secret(const char *text, bool good, const char *kid)
{
    struct credential c;
    struct err e = {0};
    int r = credential_parse(&c, ID, text, &e);

    if (good)
        tap_ok(r == 0 && (kid != NULL ? c.kid != NULL && strcmp(c.kid, kid) == 0 : c.kid == NULL), "a key is read");
    else
        tap_ok(r < 0 && e.status == EX_CONFIG && strcmp(e.msg, "invalid client secret") == 0, "refused: a secret");
    if (r == 0)
        credential_release(&c);
}

static void test_keys(void)
{
    struct buf secret;

    buf_init(&secret, 4096);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        buf_clear(&secret);
        put_secret(&secret, keys[i].json);
        test_secret(buf_cstr(&secret), keys[i].good, keys[i].kid);
    }
    for (size_t i = 0; i < sizeof(bad_secrets) / sizeof(bad_secrets[0]); i++)
        test_secret(bad_secrets[i], false, NULL);
    /* Go's decoder passes over line ends. */
    buf_clear(&secret);
    put_secret(&secret, OKP X "," D "}");
    buf_puts(&secret, "\n");
    memmove(secret.data + 60, secret.data + 59, secret.len - 60);
    secret.data[59] = '\n';
    test_secret(buf_cstr(&secret), true, NULL);
    buf_release(&secret);
}

static void test_assertion(void)
{
    static const char expected[] =
        "eyJhbGciOiJFZERTQSIsIm5vbmNlIjoiMDAwMTAyMDMwNDA1MDYwNzA4MDkwYTBiMGMwZDBlMGYifQ."
        "eyJpc3MiOiJxdWlldC1vdHRlci0xMjM0NUB0ZW5hbnQuZXhhbXBsZS50ZXN0L2NjYyIsInN1YiI6InF1aWV0LW90dGVyLTEyMzQ1QHRlbmFudC"
        "5l"
        "eGFtcGxlLnRlc3QvY2NjIiwiYXVkIjoidGVuYW50LmV4YW1wbGUudGVzdCIsImV4cCI6MTcwMDAwMDEyMCwibmJmIjoxNjk5OTk5ODgwLCJpYX"
        "Qi"
        "OjE3MDAwMDAwMDB9."
        "ZwJA9kudlG8JprGYbYz9hBN1xVzoNfVT9S9jrviRxLBJrdDhh0Hj1J2GUN26zXGXeRKnFE3mwmclIYPnxF-lCA";
    uint8_t nonce[ASSERTION_NONCE_LEN];
    struct credential c;
    struct err e = {0};
    struct buf secret, out;

    for (uint8_t i = 0; i < sizeof(nonce); i++)
        nonce[i] = i;
    buf_init(&secret, 4096);
    buf_init(&out, 4096);
    put_secret(&secret, OKP X "," D "}");
    tap_ok(credential_parse(&c, ID, buf_cstr(&secret), &e) == 0 && assertion_put(&out, &c, 1700000000, nonce, &e) == 0,
        "an assertion is made");
    tap_ok(strcmp(buf_cstr(&out), expected) == 0, "it is the vector's");
    credential_release(&c);
    buf_release(&secret);
    buf_release(&out);
}

int main(void)
{
    test_ids();
    test_keys();
    test_assertion();
    return tap_done();
}
