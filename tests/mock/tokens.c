#include "tokens.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <time.h>

void tokens_init(struct tokens *t, int64_t life_s, int64_t clock_offset_s, bool opaque)
{
    *t = (struct tokens){.life_s = life_s, .clock_offset_s = clock_offset_s, .opaque = opaque};
    pthread_mutex_init(&t->lock, NULL);
}

void tokens_release(struct tokens *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->list[i].text);
    free(t->list);
    pthread_mutex_destroy(&t->lock);
}

static int64_t now_ms(const struct tokens *t)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return ((int64_t)now.tv_sec + t->clock_offset_s) * 1000 + now.tv_nsec / 1000000;
}

int64_t tokens_now_s(const struct tokens *t)
{
    return now_ms(t) / 1000;
}

/* Base64 with the URL alphabet and without padding, RFC 4648 section 5. */
static void add_base64url(struct piece *out, const unsigned char *s, size_t len)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        unsigned bits = (unsigned)s[i] << 16;
        char four[4];

        if (n > 1)
            bits |= (unsigned)s[i + 1] << 8;
        if (n > 2)
            bits |= s[i + 2];
        for (size_t k = 0; k <= n; k++)
            four[k] = alphabet[bits >> (18 - 6 * k) & 63];
        piece_add(out, four, n + 1);
    }
}

/* 256 random bits: what makes a token impossible to guess and different from the one before. */
static void add_random(struct piece *out)
{
    unsigned char bytes[32];

    if (getentropy(bytes, sizeof(bytes)))
        _Exit(EX_OSERR);
    add_base64url(out, bytes, sizeof(bytes));
}

/* The claims of simple authentication, reference/airbyte-api.md section 2.4. Nobody checks the signature. */
static void add_jwt(struct piece *out, int64_t exp_s)
{
    static const char header[] = "{\"alg\":\"HS256\"}";
    struct piece claims = {0};

    piece_addf(&claims,
        "{\"iss\":\"https://airbyte.example.com\",\"aud\":\"airbyte-server\","
        "\"sub\":\"00000000-0000-0000-0000-000000000000\","
        "\"roles\":[\"ADMIN\",\"EDITOR\",\"READER\",\"AUTHENTICATED_USER\"],\"exp\":%" PRId64 "}",
        exp_s);
    add_base64url(out, (const unsigned char *)header, sizeof(header) - 1);
    piece_puts(out, ".");
    add_base64url(out, (const unsigned char *)claims.data, claims.len);
    piece_puts(out, ".");
    add_random(out);
    piece_release(&claims);
}

void tokens_mint(struct tokens *t, bool public, struct piece *out)
{
    int64_t ends_ms = now_ms(t) + t->life_s * 1000;
    struct piece token = {0};

    if (t->opaque) {
        add_random(&token);
    } else {
        ends_ms -= ends_ms % 1000;
        add_jwt(&token, ends_ms / 1000);
    }
    piece_add(out, token.data, token.len);
    pthread_mutex_lock(&t->lock);
    if (t->n == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 8;
        t->list = piece_array(t->list, t->cap, sizeof(*t->list));
    }
    t->list[t->n++] = (struct token){token.data, ends_ms, public};
    pthread_mutex_unlock(&t->lock);
}

enum tokens_state tokens_check(struct tokens *t, const char *authorization, size_t *number, bool *public)
{
    static const char scheme[] = "Bearer ";
    enum tokens_state state = TOKEN_UNKNOWN;
    const char *text;

    *number = 0;
    *public = false;
    if (!authorization || strncmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return state;
    text = authorization + sizeof(scheme) - 1;
    pthread_mutex_lock(&t->lock);
    /* The newest is the likeliest. */
    for (size_t k = t->n; k > 0 && *number == 0; k--)
        if (strcmp(t->list[k - 1].text, text) == 0) {
            *number = k;
            *public = t->list[k - 1].public;
            state = now_ms(t) < t->list[k - 1].ends_ms ? TOKEN_VALID : TOKEN_EXPIRED;
        }
    pthread_mutex_unlock(&t->lock);
    return state;
}
