#include "credential.h"

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "b64url.h"
#include "json.h"

/* An Ed25519 seed and an Ed25519 public key are of this size (RFC 8032 section 5.1.5). */
#define KEY_LEN 32

/* The longest id and secret; a real secret has about 220 characters. */
#define ID_MAX 1024
#define SECRET_MAX 4096

/* The parts of a key as the JSON has them. */
struct jwk {
    struct json_str kty, crv, d, x, kid;
};

static int bad_id(struct err *e)
{
    return err_set(e, EX_CONFIG, "invalid client id");
}

static int bad_secret(struct err *e)
{
    return err_set(e, EX_CONFIG, "invalid client secret");
}

static bool is_printable(const char *text, size_t max)
{
    size_t len = strnlen(text, max + 1);

    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return len <= max;
}

static int parse_id(struct credential *c, const char *id, struct err *e)
{
    const char *at = strchr(id, '@'), *slash = at != NULL ? strchr(at, '/') : NULL;

    if (!is_printable(id, ID_MAX) || slash == NULL || at == id || slash == at + 1)
        return bad_id(e);
    c->id = strdup(id);
    c->name = strndup(id, (size_t)(at - id));
    c->host = strndup(at + 1, (size_t)(slash - at - 1));
    return c->id != NULL && c->name != NULL && c->host != NULL ? 0 : err_set(e, EX_OSERR, "no memory");
}

/* The fourth part of PART:PART:v1:KEY, or NULL. */
static const char *key_part(const char *secret)
{
    const char *first = strchr(secret, ':'), *second = first != NULL ? strchr(first + 1, ':') : NULL;

    return second != NULL && strncmp(second, ":v1:", 4) == 0 ? second + 4 : NULL;
}

static void take_member(struct json *j, struct jwk *k, struct json_str name)
{
    struct json_str *const to[] = {&k->kty, &k->crv, &k->d, &k->x, &k->kid};
    static const char *const names[] = {"kty", "crv", "d", "x", "kid"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (json_eq(name, names[i])) {
            json_string(j, to[i]);
            return;
        }
    json_skip(j, NULL);
}

/* Read the key's JSON into ${k}, whose strings point into ${text} or ${j}. */
static int read_jwk(struct json *j, const struct buf *text, struct jwk *k)
{
    struct err unsaid = {0}; /* it would quote the secret's position and names */
    struct json_str name;

    json_begin(j, text->data, text->len, 0);
    json_object(j);
    while (json_member(j, &name))
        take_member(j, k, name);
    return json_end(j, &unsaid) == 0 && json_eq(k->kty, "OKP") && json_eq(k->crv, "Ed25519") ? 0 : -1;
}

/* The private key whose seed is ${d}, if ${x} is its public half; or NULL. */
static EVP_PKEY *make_key(struct json_str d, struct json_str x)
{
    unsigned char derived[KEY_LEN];
    size_t len = sizeof(derived);
    EVP_PKEY *key = NULL;
    struct buf seed, public;

    buf_init(&seed, SECRET_MAX);
    buf_init(&public, SECRET_MAX);
    if (b64url_read(&seed, d.s, d.len) == 0 && b64url_read(&public, x.s, x.len) == 0 && seed.len == KEY_LEN &&
        public.len == KEY_LEN)
        key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, (unsigned char *)seed.data, KEY_LEN);
    if (key != NULL && (EVP_PKEY_get_raw_public_key(key, derived, &len) != 1 || len != KEY_LEN ||
                           CRYPTO_memcmp(derived, public.data, KEY_LEN) != 0)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    buf_wipe(&seed);
    buf_wipe(&public);
    return key;
}

static int take_key(struct credential *c, const struct jwk *k, struct err *e)
{
    c->key = make_key(k->d, k->x);
    if (c->key == NULL)
        return bad_secret(e);
    if (k->kid.len == 0)
        return 0;
    c->kid = strndup(k->kid.s, k->kid.len);
    if (c->kid == NULL)
        return err_set(e, EX_OSERR, "no memory");
    return strlen(c->kid) == k->kid.len ? 0 : bad_secret(e);
}

static int parse_secret(struct credential *c, const char *secret, struct err *e)
{
    const char *part = strnlen(secret, SECRET_MAX + 1) <= SECRET_MAX ? key_part(secret) : NULL;
    struct jwk k = {0};
    struct json j;
    struct buf text;
    int r;

    json_init(&j, NULL);
    buf_init(&text, SECRET_MAX);
    if (part == NULL || buf_reserve(&text, SECRET_MAX - 1) == NULL || b64url_read(&text, part, strlen(part)) < 0 ||
        read_jwk(&j, &text, &k) < 0)
        r = bad_secret(e);
    else
        r = take_key(c, &k, e);
    if (j.scratch != NULL)
        explicit_bzero(j.scratch, j.scratch_cap);
    json_release(&j);
    buf_wipe(&text);
    return r;
}

int credential_parse(struct credential *c, const char *id, const char *secret, struct err *e)
{
    *c = (struct credential){0};
    if (parse_id(c, id, e) == 0 && parse_secret(c, secret, e) == 0)
        return 0;
    credential_release(c);
    return -1;
}

void credential_release(struct credential *c)
{
    free(c->id);
    free(c->name);
    free(c->host);
    free(c->kid);
    EVP_PKEY_free(c->key);
    *c = (struct credential){0};
}
