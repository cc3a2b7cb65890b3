#include "guard.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "bytes.h"

/* Base64 shorter than this stands in many a word by chance. */
#define BASE64_MIN 6

/*
 * A secret in one form as the set of its runs: each run of ${width} bytes (GUARD_RUN, or the whole if that is shorter)
 * as one number, in ascending order.
 */
struct runs {
    uint64_t *run;
    size_t n;
    unsigned width;
};

/* The forms of a secret: itself, and its base64 if it begins at the first, second or third byte of a group. */
enum { FORM_PLAIN, FORM_BASE64, FORMS = FORM_BASE64 + 3 };

struct known {
    struct runs form[FORMS];
};

/* Set by what learns a secret, read by whatever shows words: the one state that all of a program must share. */
static struct {
    pthread_mutex_t lock;
    struct known secret, token[GUARD_TOKENS];
    unsigned next_token;
    bool blind; /* there was no memory for a secret */
} guard = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The ${width} bytes at ${p} as a number. */
static uint64_t run_at(const unsigned char *p, unsigned width)
{
    uint64_t run = 0;

    memcpy(&run, p, width);
    return run;
}

static int compare_runs(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void release_runs(struct runs *r)
{
    if (r->run != NULL)
        explicit_bzero(r->run, r->n * sizeof(*r->run));
    free(r->run);
    *r = (struct runs){0};
}

static void learn_runs(struct runs *r, const unsigned char *text, size_t len)
{
    release_runs(r);
    if (len == 0)
        return;
    r->width = len < GUARD_RUN ? (unsigned)len : GUARD_RUN;
    r->n = len - r->width + 1;
    r->run = calloc(r->n, sizeof(*r->run));
    if (r->run == NULL) {
        r->n = 0;
        guard.blind = true;
        return;
    }
    for (size_t i = 0; i < r->n; i++)
        r->run[i] = run_at(text + i, r->width);
    qsort(r->run, r->n, sizeof(*r->run), compare_runs);
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/*
 * Append to ${out} the base64 of ${len} bytes at ${text} that stand ${shift} bytes behind the start of a group: only the
 * characters that these bytes alone decide.
 */
static void put_base64(struct buf *out, const unsigned char *text, size_t len, unsigned shift)
{
    size_t first = (shift * 8 + 5) / 6, end = (shift + len) * 8 / 6;

    for (size_t i = first; i < end; i++) {
        size_t bit = i * 6 - shift * 8;
        unsigned pair = (unsigned)text[bit / 8] << 8 | (bit / 8 + 1 < len ? text[bit / 8 + 1] : 0u);

        buf_putc(out, alphabet[pair >> (10 - bit % 8) & 63]);
    }
}

static void learn(struct known *k, const char *secret, size_t len)
{
    const unsigned char *text = (const unsigned char *)secret;
    struct buf encoded;

    learn_runs(&k->form[FORM_PLAIN], text, len);
    buf_init(&encoded, 2 * len + 8);
    buf_reserve(&encoded, 2 * len + 8);
    for (unsigned shift = 0; shift < 3; shift++) {
        encoded.len = 0;
        put_base64(&encoded, text, len, shift);
        guard.blind = guard.blind || encoded.failed;
        learn_runs(&k->form[FORM_BASE64 + shift], (const unsigned char *)encoded.data,
            encoded.len < BASE64_MIN ? 0 : encoded.len);
    }
    buf_wipe(&encoded);
}

void guard_secret(const char *text, size_t len)
{
    pthread_mutex_lock(&guard.lock);
    learn(&guard.secret, text, len);
    pthread_mutex_unlock(&guard.lock);
}

void guard_token(const char *text, size_t len)
{
    pthread_mutex_lock(&guard.lock);
    learn(&guard.token[guard.next_token], text, len);
    guard.next_token = (guard.next_token + 1) % GUARD_TOKENS;
    pthread_mutex_unlock(&guard.lock);
}

/* Whether one of the runs, if they are ${least} bytes or longer, stands in ${text}. */
static bool shares_run(const struct runs *r, const unsigned char *text, size_t len, unsigned least)
{
    for (size_t i = 0; r->n > 0 && r->width >= least && i + r->width <= len; i++) {
        uint64_t run = run_at(text + i, r->width);

        if (bsearch(&run, r->run, r->n, sizeof(run), compare_runs) != NULL)
            return true;
    }
    return false;
}

static bool shares_secret(const struct known *k, const unsigned char *text, size_t len, unsigned least)
{
    for (int i = 0; i < FORMS; i++)
        if (shares_run(&k->form[i], text, len, least))
            return true;
    return false;
}

/* Whether a part of any secret stands in ${text} as it is or in base64. */
static bool shares_any(const unsigned char *text, size_t len, unsigned least)
{
    bool found = shares_secret(&guard.secret, text, len, least);

    for (unsigned i = 0; i < GUARD_TOKENS && !found; i++)
        found = shares_secret(&guard.token[i], text, len, least);
    return found;
}

/* The number that ${digits} hexadecimal digits at ${at} spell, or -1 if there are not so many before ${end}. */
static int32_t read_hex(const unsigned char *at, const unsigned char *end, int digits)
{
    int32_t value = 0;

    if (end - at < digits)
        return -1;
    for (int i = 0; i < digits; i++) {
        int digit = bytes_hex_digit((char)at[i]);

        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* Decode "uXXXX" behind a backslash, and the second half of a pair, at ${*at}. Return the place behind what it means. */
static unsigned char *decode_unicode(const unsigned char **at, const unsigned char *end, unsigned char *to)
{
    int32_t c = read_hex(*at + 1, end, 4), low;

    if (c < 0) {
        *to++ = *(*at)++;
        return to;
    }
    *at += 5;
    if (c >= 0xd800 && c < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        low = read_hex(*at + 2, end, 4);
        if (low >= 0xdc00 && low < 0xe000) {
            *at += 6;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return to + bytes_put_utf8(to, (uint32_t)c);
}

/* Decode in place what JSON escapes; ${len} is shortened. */
static void decode_json(unsigned char *text, size_t *len)
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    const unsigned char *at = text, *end = text + *len;
    unsigned char *to = text;

    while (at < end) {
        const char *letter;

        if (*at != '\\' || at + 1 == end) {
            *to++ = *at++;
            continue;
        }
        at++;
        letter = strchr(letters, *at);
        if (*at == 'u')
            to = decode_unicode(&at, end, to);
        else if (*at != '\0' && letter != NULL)
            *to++ = (unsigned char)(at++, meanings[letter - letters]);
        else
            *to++ = *at++;
    }
    *len = (size_t)(to - text);
}

/* Decode in place what a URL escapes; a "+" as a blank if ${form}, as in the bodies of forms. */
static void decode_url(unsigned char *text, size_t *len, bool form)
{
    const unsigned char *at = text, *end = text + *len;
    unsigned char *to = text;

    while (at < end) {
        int32_t byte = *at == '%' ? read_hex(at + 1, end, 2) : -1;

        if (byte >= 0) {
            *to++ = (unsigned char)byte;
            at += 3;
        } else {
            *to++ = form && *at == '+' ? ' ' : *at;
            at++;
        }
    }
    *len = (size_t)(to - text);
}

/* Make one alphabet of base64 of the two. */
static void unify_base64(unsigned char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        text[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
}

/* The ways to read words, in the order in which they are done.  All that make a difference are tried, in all combinations. */
enum { READ_JSON = 1, READ_URL = 2, READ_FORM = 4, READ_JSON_AGAIN = 8, READ_BASE64 = 16, READ_WAYS = 32 };

/* Those that would make one. */
static unsigned ways_of(const char *text, size_t len)
{
    unsigned ways = 0;

    if (memchr(text, '+', len) != NULL)
        ways |= READ_FORM;
    if (memchr(text, '-', len) != NULL || memchr(text, '_', len) != NULL)
        ways |= READ_BASE64;
    /* What JSON escapes may be a percent sign, and the other way round. */
    if (memchr(text, '\\', len) != NULL || memchr(text, '%', len) != NULL)
        ways = READ_WAYS - 1;
    return ways;
}

static bool shares_when_read(const char *text, size_t len, unsigned ways, unsigned char *copy, unsigned least)
{
    memcpy(copy, text, len);
    if (ways & READ_JSON)
        decode_json(copy, &len);
    if (ways & (READ_URL | READ_FORM))
        decode_url(copy, &len, (ways & READ_FORM) != 0);
    if (ways & READ_JSON_AGAIN)
        decode_json(copy, &len);
    if (ways & READ_BASE64)
        unify_base64(copy, len);
    return shares_any(copy, len, least);
}

static bool knows_something(void)
{
    bool known = guard.secret.form[FORM_PLAIN].n > 0;

    for (unsigned i = 0; i < GUARD_TOKENS; i++)
        known = known || guard.token[i].form[FORM_PLAIN].n > 0;
    return known;
}

/* Whether ${text} shares nothing with runs of ${least} bytes or more. */
static bool allows(const char *text, size_t len, unsigned least)
{
    unsigned char *copy;
    unsigned useful;
    bool held = false;

    if (guard.blind)
        return false;
    if (len == 0 || !knows_something())
        return true;
    copy = malloc(len);
    if (copy == NULL)
        return false;
    useful = ways_of(text, len);
    for (unsigned ways = 0; ways < READ_WAYS && !held; ways++)
        held = (ways & ~useful) == 0 && shares_when_read(text, len, ways, copy, least);
    explicit_bzero(copy, len);
    free(copy);
    return !held;
}

static bool allows_locked(const char *text, size_t len, unsigned least)
{
    bool allowed;

    pthread_mutex_lock(&guard.lock);
    allowed = allows(text, len, least);
    pthread_mutex_unlock(&guard.lock);
    return allowed;
}

bool guard_allows(const char *text, size_t len)
{
    return allows_locked(text, len, 1);
}

bool guard_allows_message(const char *text, size_t len)
{
    return allows_locked(text, len, GUARD_RUN);
}

void guard_clear(void)
{
    pthread_mutex_lock(&guard.lock);
    for (int i = 0; i < FORMS; i++) {
        release_runs(&guard.secret.form[i]);
        for (unsigned t = 0; t < GUARD_TOKENS; t++)
            release_runs(&guard.token[t].form[i]);
    }
    guard.blind = false;
    pthread_mutex_unlock(&guard.lock);
}
