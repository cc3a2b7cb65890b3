#include "assertion.h"

#include <string.h>

#include "b64url.h"
#include "json.h"

/* Seconds around now in which it is good. */
#define GOOD_S 120

#define TEXT_MAX 4096
#define SIGNATURE_LEN 64

static void put_text(struct buf *out, const char *name, const char *value, size_t len)
{
    buf_printf(out, "\"%s\":", name);
    json_put_string(out, value, len);
}

/* Members in the order of the alphabet, as the SDK's library writes them. */
static void put_header(struct buf *out, const char *kid, const uint8_t *nonce)
{
    buf_puts(out, "{\"alg\":\"EdDSA\",");
    if (kid != NULL) {
        put_text(out, "kid", kid, strlen(kid));
        buf_putc(out, ',');
    }
    buf_puts(out, "\"nonce\":\"");
    for (size_t i = 0; i < ASSERTION_NONCE_LEN; i++)
        buf_printf(out, "%02x", nonce[i]);
    buf_puts(out, "\"}");
}

/* The audience is the host of the id without its port; an IPv6 address has brackets. */
static size_t audience_len(const char *host)
{
    const char *end = *host == '[' ? strchr(host, ']') : NULL;

    return end != NULL ? (size_t)(end + 1 - host) : strcspn(host, ":");
}

static void put_claims(struct buf *out, const struct credential *c, time_t now)
{
    buf_putc(out, '{');
    put_text(out, "iss", c->id, strlen(c->id));
    buf_putc(out, ',');
    put_text(out, "sub", c->id, strlen(c->id));
    buf_putc(out, ',');
    put_text(out, "aud", c->host, audience_len(c->host));
    buf_printf(out, ",\"exp\":%lld,\"nbf\":%lld,\"iat\":%lld}", (long long)now + GOOD_S, (long long)now - GOOD_S,
        (long long)now);
}

static int sign(const struct buf *text, EVP_PKEY *key, unsigned char *signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = SIGNATURE_LEN;
    int ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
             EVP_DigestSign(ctx, signature, &len, (const unsigned char *)text->data, text->len) == 1 &&
             len == SIGNATURE_LEN;

    EVP_MD_CTX_free(ctx);
    return ok ? 0 : -1;
}

int assertion_put(
    struct buf *out, const struct credential *c, time_t now, const uint8_t nonce[ASSERTION_NONCE_LEN], struct err *e)
{
    unsigned char signature[SIGNATURE_LEN];
    struct buf part, text;
    int r = 0;

    buf_init(&part, TEXT_MAX);
    buf_init(&text, 2 * TEXT_MAX);
    put_header(&part, c->kid, nonce);
    b64url_put(&text, part.data, part.len);
    buf_putc(&text, '.');
    buf_clear(&part);
    put_claims(&part, c, now);
    b64url_put(&text, part.data, part.len);
    if (part.failed || text.failed)
        r = err_set(e, EX_SOFTWARE, "the assertion is too long");
    else if (sign(&text, c->key, signature) < 0)
        r = err_set(e, EX_SOFTWARE, "OpenSSL cannot sign with the client secret's key");
    if (r == 0) {
        buf_append(out, text.data, text.len);
        buf_putc(out, '.');
        b64url_put(out, signature, sizeof(signature));
        r = out->failed ? err_set(e, EX_OSERR, "no memory") : 0;
    }
    buf_wipe(&part);
    buf_wipe(&text);
    return r;
}
