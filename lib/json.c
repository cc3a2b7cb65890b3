#include "json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bytes.h"
#include "json_scan.h"

enum {
    DEPTH_DEFAULT = 512,
    MEMBERS_DEFAULT = 1000000,
    TEXT_DEFAULT = 64 << 20,
    SMALL_OBJECT = 32, /* members up to which names are compared one by one, without a table */
    PATH_MAX_BYTES = 512,
    PATH_NAME_BYTES = 48, /* of one name in an error's path; longer ones are cut */
};

#define COLD __attribute__((cold, noinline))
#define LIKELY(x) __builtin_expect((x), 1)

/* The ends of texts of at most this length fit the 32 bits of json_name and of the table. */
#define TEXT_MAX ((size_t)UINT32_MAX)

/*
 * An open container.  ${count} members or elements were begun; the last one is what the path of an error names, unless
 * an object's ${name} is NULL: then its next name is still being read.  The rest is of objects only: their names are
 * j->names[names_base...], the last ones there while this object is the innermost; ${seen} has bit (hash % 64) set for
 * each; ${table_size} slots from j->table[table_base] find them, 0 while there are few.
 */
struct json_level {
    bool object;
    size_t count;
    struct json_str name;
    size_t names_base;
    uint64_t seen;
    size_t table_base, table_size;
};

/* The name of a member met.  ${hash} is quick_hash, or keyed_hash from when its object has a table. */
struct json_name {
    const char *s;
    uint32_t len;
    uint32_t hash;
};

/*
 * Failures.
 */

/* Record a failure at ${at}, unless there is one.  Always return false. */
COLD static bool fail_at(struct json *j, const char *at, const char *reason)
{
    if (j->failed)
        return false;
    j->failed = true;
    j->status = EX_DATAERR;
    j->error_at = at;
    snprintf(j->reason, sizeof(j->reason), "%s", reason);
    return false;
}

COLD static bool fail_status(struct json *j, int status, const char *reason)
{
    if (!j->failed) {
        fail_at(j, j->at, reason);
        j->status = status;
    }
    return false;
}

/* Fail where the text ends. */
COLD static bool fail_end(struct json *j)
{
    const bool empty = j->at == j->end && j->depth == 0;

    return fail_at(j, j->end, empty ? "empty text" : "unexpected end of text");
}

/* Fail at ${at} because something else must stand there; at the end of the text, because it ends. */
COLD static bool fail_expected(struct json *j, const char *at, const char *reason)
{
    return at == j->end ? fail_end(j) : fail_at(j, at, reason);
}

/*
 * Characters.
 */

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline uint32_t load4(const char *p)
{
    uint32_t w;

    memcpy(&w, p, sizeof(w));
    return w;
}

static inline bool in_range(char c, unsigned low, unsigned high)
{
    return (unsigned char)c >= low && (unsigned char)c <= high;
}

/* The length of the valid UTF-8 sequence of a character over U+007F at ${p} < ${end} (RFC 3629 section 4), or 0. */
static inline size_t utf8_sequence(const char *p, const char *end)
{
    const unsigned c = (unsigned char)*p;
    const size_t n = (size_t)(end - p);

    if (c < 0xe0)
        return c >= 0xc2 && n >= 2 && in_range(p[1], 0x80, 0xbf) ? 2 : 0;
    if (c < 0xf0) /* neither overlong nor a surrogate */
        return n >= 3 && in_range(p[1], c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf) && in_range(p[2], 0x80, 0xbf)
                   ? 3
                   : 0;
    return c <= 0xf4 && n >= 4 && in_range(p[1], c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf) &&
                   in_range(p[2], 0x80, 0xbf) && in_range(p[3], 0x80, 0xbf)
               ? 4
               : 0;
}

bool json_utf8(const char *s, size_t len)
{
    const char *p = s, *const end = len > 0 ? s + len : s; /* s may be NULL then */

    while ((p = plain_end(p, end)) < end) {
        size_t n = (signed char)*p >= 0 ? 1 : utf8_sequence(p, end);
        if (n == 0)
            return false;
        p += n;
    }
    return true;
}

/*
 * Tokens: each function takes where a token begins and returns where it ends, or NULL having failed.
 */

/* The value of the four hexadecimal digits at ${p}, which has at least four bytes; or -1. */
static int hex4(const char *p)
{
    int v = 0;

    for (int i = 0; i < 4; i++) {
        int digit = bytes_hex_digit(p[i]);
        if (digit < 0)
            return -1;
        v = v * 16 + digit;
    }
    return v;
}

static bool is_high_surrogate(int c)
{
    return c >= 0xd800 && c <= 0xdbff;
}

static bool is_low_surrogate(int c)
{
    return c >= 0xdc00 && c <= 0xdfff;
}

/* Fail in the \u escape at ${p}: at the byte that is no hexadecimal digit, or where the text ends. */
COLD static const char *fail_hex(struct json *j, const char *p)
{
    for (p += 2; p < j->end; p++) {
        if (bytes_hex_digit(*p) < 0) {
            fail_at(j, p, "expected a hexadecimal digit");
            return NULL;
        }
    }
    fail_end(j);
    return NULL;
}

/* A \u escape, or a pair of them that are surrogates. */
static const char *scan_unicode(struct json *j, const char *p)
{
    int unit = j->end - p >= 6 ? hex4(p + 2) : -1;

    if (unit < 0)
        return fail_hex(j, p);
    if (is_high_surrogate(unit) && j->end - p >= 8 && p[6] == '\\' && p[7] == 'u') {
        int low = j->end - p >= 12 ? hex4(p + 8) : -1;
        if (low < 0)
            return fail_hex(j, p + 6);
        if (is_low_surrogate(low))
            return p + 12;
    }
    if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
        fail_at(j, p, "lone surrogate");
        return NULL;
    }
    return p + 6;
}

/* An escape of any kind. */
static const char *scan_escape(struct json *j, const char *p)
{
    if (j->end - p < 2) {
        fail_end(j);
        return NULL;
    }
    switch (p[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return p + 2;
    case 'u':
        return scan_unicode(j, p);
    default:
        fail_at(j, p, "unknown escape");
        return NULL;
    }
}

/* Rest of a string from ${p}, its first byte that is not plain; return its closing quote. */
static const char *scan_string_rest(struct json *j, const char *p, bool *escaped)
{
    while (p < j->end && *p != '"') {
        if (*p == '\\') {
            *escaped = true;
            p = scan_escape(j, p);
            if (p == NULL)
                return NULL;
        } else if ((unsigned char)*p < 0x20) {
            fail_at(j, p, "control character in a string");
            return NULL;
        } else {
            size_t n = utf8_sequence(p, j->end);
            if (n == 0) {
                fail_at(j, p, "not UTF-8");
                return NULL;
            }
            p += n;
            if (p < j->end && (signed char)*p < 0)
                continue;
        }
        p = plain_end(p, j->end);
    }
    if (p < j->end)
        return p;
    fail_end(j);
    return NULL;
}

/* Check the string whose opening quote is before ${p}.  Return its closing quote; ${escaped}: whether it has escapes. */
static inline const char *scan_string(struct json *j, const char *p, bool *escaped)
{
    *escaped = false;
    p = plain_end(p, j->end);
    if (LIKELY(p < j->end && *p == '"'))
        return p;
    return scan_string_rest(j, p, escaped);
}

static const char *scan_number(struct json *j, const char *p)
{
    const char *bad = p, *end = number_end(p, j->end, &bad);

    if (end == NULL)
        fail_expected(j, bad, bad < j->end && is_digit(*bad) ? "leading zero in a number" : "expected a digit");
    return end;
}

/* One of the three words. */
static const char *scan_word(struct json *j, const char *p, const char *word, size_t len)
{
    char reason[32];
    size_t i = 0;

    if (LIKELY((size_t)(j->end - p) >= len && memcmp(p, word, len) == 0))
        return p + len;
    while (p + i < j->end && p[i] == word[i])
        i++;
    snprintf(reason, sizeof(reason), "expected \"%s\"", word);
    fail_expected(j, p + i, reason);
    return NULL;
}

static const char *space_end(struct json *j, const char *p)
{
    const char *start = p;

    while (p < j->end && is_space(*p))
        p++;
    j->spaces += (size_t)(p - start);
    return p;
}

/* The first byte from ${p} that is not white space. */
static inline const char *skip_space(struct json *j, const char *p)
{
    if (LIKELY(p < j->end && (unsigned char)*p > ' '))
        return p;
    return space_end(j, p);
}

/*
 * Decoded strings.
 */

/* Decode the checked escape at ${p} to ${to}; return behind the escape, and move ${to} behind the character. */
static const char *decode_escape(const char *p, char **to)
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    const char *letter;
    unsigned c;

    if (p[1] != 'u') {
        letter = strchr(letters, p[1]);
        *(*to)++ = letter != NULL ? meanings[letter - letters] : p[1];
        return p + 2;
    }
    c = (unsigned)hex4(p + 2);
    p += 6;
    if (is_high_surrogate((int)c)) {
        c = 0x10000 + ((c - 0xd800) << 10) + ((unsigned)hex4(p + 2) - 0xdc00);
        p += 6;
    }
    *to += bytes_put_utf8(*to, c);
    return p;
}

/*
 * Make room for the decoded strings of this text, of which the first begins at ${p}.  A decoded string is never longer
 * than its source, so what is reserved here suffices to the end of the text and no string ever moves.
 */
static bool reserve_scratch(struct json *j, const char *p)
{
    size_t need = (size_t)(j->end - p);

    if (j->scratch_len > 0 || need <= j->scratch_cap)
        return true;
    free(j->scratch);
    j->scratch_cap = 0;
    need += need / 2;
    j->scratch = malloc(need);
    if (j->scratch == NULL)
        return fail_status(j, EX_OSERR, "out of memory");
    j->scratch_cap = need;
    return true;
}

/* Decode the checked string between ${p} and its closing quote ${end}. */
static bool decode_string(struct json *j, const char *p, const char *end, struct json_str *v)
{
    char *start, *to;

    if (!reserve_scratch(j, p))
        return false;
    to = start = j->scratch + j->scratch_len;
    while (p < end) {
        const char *plain = p;
        if (*p == '\\') {
            p = decode_escape(p, &to);
            continue;
        }
        p = memchr(p, '\\', (size_t)(end - p));
        if (p == NULL)
            p = end;
        memcpy(to, plain, (size_t)(p - plain));
        to += p - plain;
    }
    *v = (struct json_str){start, (size_t)(to - start)};
    j->scratch_len += v->len;
    return true;
}

/*
 * The names of an object's members.
 *
 * In a small object a new name is compared with those before it whose hash is the same.  A larger one has a table with
 * open addressing, whose slots hold 1 + the index of a name, or 0.  Its hash is SipHash-1-3 with a random key: the text
 * may come from someone who would choose names that collide.
 */

/* Hash for small objects: the length, both ends, nothing between. */
static inline uint32_t quick_hash(struct json_str name)
{
    uint64_t a, b;

    if (name.len >= 8) {
        a = load8(name.s);
        b = load8(name.s + name.len - 8);
    } else if (name.len >= 4) {
        a = load4(name.s);
        b = load4(name.s + name.len - 4);
    } else {
        a = name.len > 0 ? (unsigned char)name.s[0] : 0;
        b = name.len > 0 ? (uint64_t)(unsigned char)name.s[name.len / 2] << 8 | (unsigned char)name.s[name.len - 1] : 0;
    }
    a = (a + name.len) * UINT64_C(0x9e3779b97f4a7c15) ^ b;
    return (uint32_t)(a * UINT64_C(0xd6e8feb86659fd93) >> 32);
}

static inline uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash (Aumasson, Bernstein 2012) with 1 round per word and 3 at the end. */
static uint32_t keyed_hash(const uint64_t key[2], struct json_str name)
{
    uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t last = (uint64_t)name.len << 56;
    const char *p = name.s, *const end = name.s + name.len;

    for (; end - p >= 8; p += 8) {
        uint64_t word = load8(p);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    for (int shift = 0; p < end; p++, shift += 8)
        last |= (uint64_t)(unsigned char)*p << shift;
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return (uint32_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

/* Double the block at ${old} of ${*cap} items of ${size} bytes until it has ${need}; NULL, having failed, if it cannot. */
static void *grow(struct json *j, void *old, size_t *cap, size_t need, size_t size)
{
    size_t n = *cap < 16 ? 16 : *cap;
    void *block;

    while (n < need)
        n *= 2;
    block = reallocarray(old, n, size);
    if (block == NULL)
        fail_status(j, EX_OSERR, "out of memory");
    else
        *cap = n;
    return block;
}

static bool same_name(const struct json_name *a, struct json_str name, uint32_t hash)
{
    return a->hash == hash && a->len == name.len && memcmp(a->s, name.s, name.len) == 0;
}

/* The slot of ${name} in the table of ${level}: the one that holds it, or the empty one where it belongs. */
static uint32_t *find_slot(const struct json *j, const struct json_level *level, struct json_str name, uint32_t hash)
{
    const struct json_name *names = j->names + level->names_base;
    uint32_t *slots = j->table + level->table_base;
    size_t i = hash & (level->table_size - 1);

    while (slots[i] != 0 && !same_name(&names[slots[i] - 1], name, hash))
        i = (i + 1) & (level->table_size - 1);
    return &slots[i];
}

/* Give ${level} a table of ${size} slots, a power of two, with the names it has. It is innermost, so its table is last. */
static bool build_table(struct json *j, struct json_level *level, size_t size)
{
    struct json_name *names = j->names + level->names_base;

    if (level->table_size == 0) {
        level->table_base = j->table_len;
        if (!j->has_key && getrandom(j->key, sizeof(j->key), 0) != (ssize_t)sizeof(j->key))
            return fail_status(j, EX_OSERR, "no random numbers from the system");
        j->has_key = true;
        for (size_t i = 0; i < level->count; i++)
            names[i].hash = keyed_hash(j->key, (struct json_str){names[i].s, names[i].len});
    }
    j->table_len = level->table_base + size;
    if (j->table_len > j->table_cap) {
        uint32_t *table = grow(j, j->table, &j->table_cap, j->table_len, sizeof(*table));
        if (table == NULL)
            return false;
        j->table = table;
    }
    level->table_size = size;
    memset(j->table + level->table_base, 0, size * sizeof(*j->table));
    for (size_t i = 0; i < level->count; i++)
        *find_slot(j, level, (struct json_str){names[i].s, names[i].len}, names[i].hash) = (uint32_t)(i + 1);
    return true;
}

static bool is_known(const struct json *j, const struct json_level *level, struct json_str name, uint32_t hash)
{
    const struct json_name *names = j->names + level->names_base;

    for (size_t i = 0; i < level->count; i++) {
        if (same_name(&names[i], name, hash))
            return true;
    }
    return false;
}

/* Find ${name} in the table of ${level}, which grows if need be, or enter it as the name that is added next. */
static bool enter_in_table(struct json *j, struct json_level *level, struct json_str name, uint32_t *hash, bool *known)
{
    uint32_t *slot;

    if (level->count * 2 >= level->table_size) { /* keep it at most half full */
        size_t size = level->table_size == 0 ? (size_t)SMALL_OBJECT * 4 : level->table_size * 2;
        if (!build_table(j, level, size))
            return false;
    }
    *hash = keyed_hash(j->key, name);
    slot = find_slot(j, level, name, *hash);
    *known = *slot != 0;
    if (!*known)
        *slot = (uint32_t)(level->count + 1);
    return true;
}

/* Note the name of the next member of the innermost object, read at ${at}; fail if it has that name already. */
static inline bool add_name(struct json *j, struct json_level *level, struct json_str name, const char *at)
{
    bool known = false;
    uint32_t hash = 0;

    if (level->count >= j->limits.members) {
        char reason[64];
        snprintf(reason, sizeof(reason), "more than %zu members", j->limits.members);
        return fail_at(j, at, reason);
    }
    if (j->names_len == j->names_cap) {
        struct json_name *names = grow(j, j->names, &j->names_cap, j->names_len + 1, sizeof(*names));
        if (names == NULL)
            return false;
        j->names = names;
    }
    if (LIKELY(level->count < SMALL_OBJECT)) {
        uint64_t bit;
        hash = quick_hash(name);
        bit = UINT64_C(1) << (hash & 63);
        known = (level->seen & bit) != 0 && is_known(j, level, name, hash);
        level->seen |= bit;
    } else if (!enter_in_table(j, level, name, &hash, &known)) {
        return false;
    }
    level->name = name;
    if (known)
        return fail_at(j, at, "duplicate member");
    j->names[j->names_len++] = (struct json_name){name.s, (uint32_t)name.len, hash};
    level->count++;
    return true;
}

/*
 * Containers.
 */

COLD static bool grow_levels(struct json *j)
{
    size_t cap = j->levels_cap;
    struct json_level *levels = grow(j, j->levels, &cap, cap + 1, sizeof(*levels));

    if (levels == NULL)
        return false;
    j->levels = levels;
    j->levels_cap = (unsigned)cap;
    return true;
}

/* A value that begins at ${start} has been consumed up to ${at}. */
static inline void consumed(struct json *j, const char *start, const char *at)
{
    j->token = start;
    j->at = at;
    j->ready = false;
}

/* Enter the array or object at j->at. */
static inline bool enter(struct json *j, bool object)
{
    struct json_level *level;

    if (j->depth >= j->limits.depth) {
        char reason[64];
        snprintf(reason, sizeof(reason), "nested deeper than %u", j->limits.depth);
        return fail_at(j, j->at, reason);
    }
    if (j->depth == j->levels_cap && !grow_levels(j))
        return false;
    level = &j->levels[j->depth++];
    level->object = object;
    level->count = 0;
    level->name.s = NULL;
    level->names_base = j->names_len;
    level->seen = 0;
    level->table_size = 0;
    consumed(j, j->at, j->at + 1);
    return true;
}

/* Leave the innermost container, whose closing bracket is at ${p}. */
static inline void leave(struct json *j, const char *p)
{
    const struct json_level *level = &j->levels[--j->depth];

    j->names_len = level->names_base;
    if (level->table_size != 0)
        j->table_len = level->table_base;
    consumed(j, p, p + 1);
}

/* The caller asked for what cannot stand here whatever the text is. */
COLD static bool fail_turn(struct json *j)
{
    return fail_status(j, EX_SOFTWARE, j->ready ? "a value was left unread" : "read out of turn");
}

/*
 * Find the next member or element of the innermost container, ${close} being its closing bracket.  Return its first
 * byte, or NULL having failed or left the container.
 */
static inline const char *next_item(struct json *j, struct json_level *level, char close)
{
    const char *p = skip_space(j, j->at);

    if (p < j->end && *p == close) {
        leave(j, p);
        return NULL;
    }
    if (level->count == 0)
        return p;
    if (p == j->end || *p != ',') {
        fail_expected(j, p, close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
        return NULL;
    }
    return skip_space(j, p + 1);
}

static inline bool member(struct json *j, struct json_level *level, struct json_str *name)
{
    const char *start, *quote, *p = next_item(j, level, '}');
    bool escaped;

    if (p == NULL)
        return false;
    level->name.s = NULL;
    if (p == j->end || *p != '"')
        return fail_expected(j, p, "expected a member name");
    start = p;
    quote = scan_string(j, p + 1, &escaped);
    if (quote == NULL)
        return false;
    *name = (struct json_str){start + 1, (size_t)(quote - start - 1)};
    if (escaped && !decode_string(j, start + 1, quote, name))
        return false;
    if (!add_name(j, level, *name, start))
        return false;
    p = skip_space(j, quote + 1);
    if (p == j->end || *p != ':')
        return fail_expected(j, p, "expected ':'");
    consumed(j, start, p + 1);
    j->ready = true;
    return true;
}

static inline bool element(struct json *j, struct json_level *level)
{
    const char *p = next_item(j, level, ']');

    if (p == NULL)
        return false;
    level->count++;
    j->at = p;
    j->ready = true;
    return true;
}

bool json_member(struct json *j, struct json_str *name)
{
    struct json_str v;
    bool is_member = false;

    if (LIKELY(!j->failed)) {
        if (j->ready || j->depth == 0 || !j->levels[j->depth - 1].object)
            fail_turn(j);
        else
            is_member = member(j, &j->levels[j->depth - 1], &v);
    }
    *name = is_member ? v : (struct json_str){"", 0};
    return is_member;
}

bool json_element(struct json *j)
{
    if (j->failed)
        return false;
    if (j->ready || j->depth == 0 || j->levels[j->depth - 1].object)
        return fail_turn(j);
    return element(j, &j->levels[j->depth - 1]);
}

/*
 * Values.
 */

/* Go to the first byte of the next value, which is then at j->at. */
static inline bool find_value(struct json *j)
{
    if (j->failed)
        return false;
    if (!j->ready)
        return fail_turn(j);
    j->at = skip_space(j, j->at);
    return j->at < j->end || fail_end(j);
}

enum json_type json_peek(struct json *j)
{
    if (!find_value(j))
        return JSON_ERROR;
    j->token = j->at;
    switch (*j->at) {
    case '"':
        return JSON_STRING;
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        if (*j->at == '-' || is_digit(*j->at))
            return JSON_NUMBER;
        fail_at(j, j->at, "expected a value");
        return JSON_ERROR;
    }
}

bool json_string(struct json *j, struct json_str *v)
{
    const char *start, *quote;
    bool escaped;

    *v = (struct json_str){"", 0};
    if (!find_value(j))
        return false;
    start = j->at;
    if (*start != '"')
        return fail_at(j, start, "expected a string");
    quote = scan_string(j, start + 1, &escaped);
    if (quote == NULL)
        return false;
    if (!escaped)
        *v = (struct json_str){start + 1, (size_t)(quote - start - 1)};
    else if (!decode_string(j, start + 1, quote, v))
        return false;
    consumed(j, start, quote + 1);
    return true;
}

bool json_number(struct json *j, struct json_str *v)
{
    const char *start, *end;

    *v = (struct json_str){"", 0};
    if (!find_value(j))
        return false;
    start = j->at;
    if (*start != '-' && !is_digit(*start))
        return fail_at(j, start, "expected a number");
    end = scan_number(j, start);
    if (end == NULL)
        return false;
    *v = (struct json_str){start, (size_t)(end - start)};
    consumed(j, start, end);
    return true;
}

bool json_bool(struct json *j, bool *v)
{
    const char *start, *end;

    *v = false;
    if (!find_value(j))
        return false;
    start = j->at;
    if (*start != 't' && *start != 'f')
        return fail_at(j, start, "expected true or false");
    end = *start == 't' ? scan_word(j, start, "true", 4) : scan_word(j, start, "false", 5);
    if (end == NULL)
        return false;
    *v = *start == 't';
    consumed(j, start, end);
    return true;
}

bool json_null(struct json *j)
{
    const char *start, *end;

    if (!find_value(j))
        return false;
    start = j->at;
    if (*start != 'n')
        return fail_at(j, start, "expected null");
    end = scan_word(j, start, "null", 4);
    if (end == NULL)
        return false;
    consumed(j, start, end);
    return true;
}

bool json_object(struct json *j)
{
    if (!find_value(j))
        return false;
    return *j->at == '{' ? enter(j, true) : fail_at(j, j->at, "expected an object");
}

bool json_array(struct json *j)
{
    if (!find_value(j))
        return false;
    return *j->at == '[' ? enter(j, false) : fail_at(j, j->at, "expected an array");
}

/* Consume the scalar at j->at, or enter the container there. */
static inline bool skip_token(struct json *j)
{
    const char *const start = j->at, *end;
    bool escaped;

    switch (*start) {
    case '"':
        end = scan_string(j, start + 1, &escaped);
        if (end != NULL)
            end++;
        break;
    case '{':
        return enter(j, true);
    case '[':
        return enter(j, false);
    case 't':
        end = scan_word(j, start, "true", 4);
        break;
    case 'f':
        end = scan_word(j, start, "false", 5);
        break;
    case 'n':
        end = scan_word(j, start, "null", 4);
        break;
    default:
        if (*start != '-' && !is_digit(*start))
            return fail_at(j, start, "expected a value");
        end = scan_number(j, start);
    }
    if (end == NULL)
        return false;
    consumed(j, start, end);
    return true;
}

bool json_skip(struct json *j, struct json_str *raw)
{
    const unsigned outside = j->depth;
    const char *start = NULL;

    if (raw != NULL)
        *raw = (struct json_str){"", 0};
    do {
        if (!find_value(j))
            return false;
        if (start == NULL)
            start = j->at;
        if (!skip_token(j))
            return false;
        while (j->depth > outside) { /* find the next value inside, leaving what is at its end */
            struct json_level *level = &j->levels[j->depth - 1];
            struct json_str name;
            if (level->object ? member(j, level, &name) : element(j, level))
                break;
            if (j->failed)
                return false;
        }
    } while (j->depth > outside);
    consumed(j, start, j->at);
    if (raw != NULL)
        *raw = (struct json_str){start, (size_t)(j->at - start)};
    return true;
}

/* An object ends with its own bracket, so what begins with its text is that object. It is a level of depth of its own. */
bool json_again(struct json *j, struct json_str known)
{
    if (!find_value(j) || (size_t)(j->end - j->at) < known.len || memcmp(j->at, known.s, known.len) != 0 ||
        j->depth >= j->limits.depth)
        return false;
    consumed(j, j->at, j->at + known.len);
    return true;
}

/* The closing quote of the checked string whose first byte is at ${p}: the one with an even number of backslashes. */
static const char *string_end(const char *p, const char *end)
{
    const char *quote, *backslash;

    for (;; p = quote + 1) {
        quote = memchr(p, '"', (size_t)(end - p));
        for (backslash = quote; backslash > p && backslash[-1] == '\\'; backslash--)
            ;
        if ((quote - backslash) % 2 == 0)
            return quote;
    }
}

/* Append the checked text ${raw}, ${len} bytes of which are not white space between tokens. */
static void copy_tokens(struct buf *out, struct json_str raw, size_t len)
{
    const char *p = raw.s, *const end = raw.s + raw.len;
    char *to = buf_reserve(out, len);

    if (to == NULL)
        return;
    out->len += len;
    while (p < end) {
        const char *start = p;
        while (p < end && !is_space(*p))
            p = *p == '"' ? string_end(p + 1, end) + 1 : p + 1;
        memcpy(to, start, (size_t)(p - start));
        to += p - start;
        while (p < end && is_space(*p))
            p++;
    }
}

bool json_copy(struct json *j, struct buf *out)
{
    struct json_str raw;
    size_t spaces;

    if (!find_value(j))
        return false;
    spaces = j->spaces;
    if (!json_skip(j, &raw))
        return false;
    spaces = j->spaces - spaces;
    if (spaces == 0)
        buf_append(out, raw.s, raw.len);
    else
        copy_tokens(out, raw, raw.len - spaces);
    return true;
}

/*
 * The whole text.
 */

void json_init(struct json *j, const struct json_limits *limits)
{
    memset(j, 0, sizeof(*j));
    if (limits != NULL)
        j->limits = *limits;
    if (j->limits.depth == 0)
        j->limits.depth = DEPTH_DEFAULT;
    if (j->limits.text_len == 0)
        j->limits.text_len = TEXT_DEFAULT;
    if (j->limits.text_len > TEXT_MAX)
        j->limits.text_len = TEXT_MAX;
    if (j->limits.members == 0)
        j->limits.members = MEMBERS_DEFAULT;
    json_begin(j, "", 0, 0);
}

void json_release(struct json *j)
{
    const struct json_limits limits = j->limits;

    free(j->levels);
    free(j->names);
    free(j->table);
    free(j->scratch);
    json_init(j, &limits);
}

void json_begin(struct json *j, const char *text, size_t len, uint64_t line)
{
    if (text == NULL)
        text = "";
    j->text = j->at = text;
    j->end = text + len;
    j->line = line;
    j->failed = false;
    j->status = 0;
    j->reason[0] = '\0';
    j->error_at = NULL;
    j->token = NULL;
    j->spaces = 0;
    j->ready = true;
    j->depth = 0;
    j->names_len = j->table_len = j->scratch_len = 0;
    if (len > j->limits.text_len) {
        char reason[64];
        snprintf(reason, sizeof(reason), "longer than %zu bytes", j->limits.text_len);
        fail_at(j, text + j->limits.text_len, reason);
    } else if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        fail_at(j, text, "byte order mark");
    }
}

const char *json_at(const struct json *j)
{
    return j->at;
}

size_t json_spaces(const struct json *j)
{
    return j->spaces;
}

bool json_fail(struct json *j, const char *fmt, ...)
{
    va_list ap;

    if (j->failed)
        return false;
    fail_at(j, j->token != NULL ? j->token : j->text, "");
    va_start(ap, fmt);
    vsnprintf(j->reason, sizeof(j->reason), fmt, ap);
    va_end(ap);
    return false;
}

/* Whether ${name} can stand in a path behind a dot. */
static bool is_identifier(struct json_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.s[i];
        if (!in_range(c, 'a', 'z') && !in_range(c, 'A', 'Z') && c != '_' && (i == 0 || !is_digit(c)))
            return false;
    }
    return name.len > 0;
}

/* Write what ${level} adds to a path: ".name", "[\"a name\"]" or "[3]"; nothing if it is at none of its items. */
static void path_segment(struct buf *b, const struct json_level *level)
{
    struct json_str name = level->name;
    const char *dots = "";

    if (!level->object) {
        if (level->count > 0)
            buf_printf(b, "[%zu]", level->count - 1);
        return;
    }
    if (name.s == NULL)
        return;
    if (name.len > PATH_NAME_BYTES) {
        for (name.len = PATH_NAME_BYTES; in_range(name.s[name.len], 0x80, 0xbf); name.len--)
            ;
        dots = "...";
    }
    if (is_identifier(name)) {
        buf_printf(b, ".%.*s%s", (int)name.len, name.s, dots);
        return;
    }
    buf_putc(b, '[');
    json_put_string(b, name.s, name.len);
    buf_printf(b, "%s]", dots);
}

/*
 * Write the path of the innermost place to the end of ${path}, which has PATH_MAX_BYTES; return its beginning.  If it
 * does not fit, the outer levels are left out: "$....name[3]".
 */
static const char *path_of(const struct json *j, char *path)
{
    const size_t root = strlen("$...");
    char *p = path + PATH_MAX_BYTES - 1;
    struct buf b;
    unsigned i;

    buf_init(&b, PATH_MAX_BYTES);
    *p = '\0';
    for (i = j->depth; i > 0; i--) {
        buf_clear(&b);
        path_segment(&b, &j->levels[i - 1]);
        if (b.failed || b.len + root > (size_t)(p - path))
            break;
        p -= b.len;
        if (b.len > 0)
            memcpy(p, b.data, b.len);
    }
    buf_release(&b);
    p -= i > 0 ? root : 1;
    memcpy(p, "$...", i > 0 ? root : 1);
    return p;
}

int json_end(struct json *j, struct err *e)
{
    char path[PATH_MAX_BYTES], line[32] = "";

    if (!j->failed) {
        j->at = skip_space(j, j->at);
        if (j->at == j->end && (j->depth > 0 || j->ready))
            fail_end(j);
        else if (j->depth > 0 || j->ready)
            fail_turn(j);
        else if (j->at < j->end)
            fail_at(j, j->at, "expected the end of the text");
    }
    if (!j->failed)
        return 0;
    if (j->line > 0)
        snprintf(line, sizeof(line), "line %llu, ", (unsigned long long)j->line);
    return err_set(
        e, j->status, "%sbyte %zu, at %s: %s", line, (size_t)(j->error_at - j->text) + 1, path_of(j, path), j->reason);
}

bool json_eq(struct json_str v, const char *s)
{
    return strlen(s) == v.len && (v.len == 0 || memcmp(v.s, s, v.len) == 0);
}
