#include "mangle.h"

#include "uuid.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- finding one's way in JSON that we wrote ---- */

/* Behind the string that starts at ${s}. */
static const char *skip_string(const char *s)
{
    for (s++; *s && *s != '"'; s++)
        if (*s == '\\' && s[1])
            s++;
    return *s ? s + 1 : s;
}

/* Behind the value that starts at ${s}: where its nesting ends, or before the next comma or bracket. */
static const char *skip_value(const char *s)
{
    unsigned long depth = 0;

    while (*s) {
        if (*s == '"') {
            s = skip_string(s);
        } else if (*s == '{' || *s == '[') {
            depth++;
            s++;
        } else if (*s == '}' || *s == ']') {
            if (depth == 0)
                return s;
            depth--;
            s++;
        } else if (*s == ',' && depth == 0) {
            return s;
        } else {
            s++;
        }
        if (depth == 0 && (*s == ',' || *s == '}' || *s == ']'))
            return s;
    }
    return s;
}

/* The first ${c} that is not in a string, or NULL. */
static const char *find_outside(const char *s, char c)
{
    while (*s && *s != c)
        s = *s == '"' ? skip_string(s) : s + 1;
    return *s ? s : NULL;
}

/* Put the ${n} bytes at ${with} in the place of ${len} bytes at ${at}. */
static void replace(struct piece *t, const char *at, size_t len, const char *with, size_t n)
{
    size_t before = (size_t)(at - t->data);
    struct piece out = {0};

    piece_add(&out, t->data, before);
    piece_add(&out, with, n);
    piece_add(&out, at + len, t->len - before - len);
    piece_release(t);
    *t = out;
}

static void insert(struct piece *t, const char *at, const char *s)
{
    replace(t, at, 0, s, strlen(s));
}

/* The colon behind the first member called ${name}, or NULL. */
static const char *find_member(const struct piece *t, const char *name)
{
    size_t len = strlen(name);

    for (const char *s = strchr(t->data, '"'); s; s = strchr(s, '"')) {
        const char *end = skip_string(s);

        if ((size_t)(end - s) == len + 2 && memcmp(s + 1, name, len) == 0 && *end == ':')
            return end;
        s = end;
    }
    return NULL;
}

/* ---- the changes ---- */

void mangle_omit(struct piece *t, const char *part)
{
    const char *s = t->len ? find_outside(t->data, '[') : NULL;
    struct piece out = {0};
    bool first = true;

    if (!s)
        return;
    piece_add(&out, t->data, (size_t)(++s - t->data));
    while (*s && *s != ']') {
        const char *end = skip_value(s);
        char *row = piece_copy(s, (size_t)(end - s));

        if (!strstr(row, part)) {
            piece_addf(&out, "%s%s", first ? "" : ",", row);
            first = false;
        }
        free(row);
        s = *end == ',' ? end + 1 : end;
    }
    piece_puts(&out, s);
    piece_release(t);
    *t = out;
}

void mangle_without(struct piece *t, const char *name)
{
    const char *colon = t->len ? find_member(t, name) : NULL;

    if (colon)
        insert(t, colon - 1, "-");
}

void mangle_ids(struct piece *t, const char *asked)
{
    struct uuid id;

    for (const char *s = asked; strlen(s) >= UUID_TEXT_LEN; s++) {
        char *text = piece_copy(s, UUID_TEXT_LEN);

        if (t->len > 0 && uuid_parse(text, &id))
            for (char *at = strstr(t->data, text); at; at = strstr(at, text))
                *at = *at == '0' ? '1' : '0';
        free(text);
    }
}

void mangle_next(struct piece *t, const char *url)
{
    const char *colon = t->len ? find_member(t, "next") : NULL;
    struct piece quoted = {0};

    if (!colon || colon[1] != '"')
        return;
    piece_quote(&quoted, url, strlen(url));
    replace(t, colon + 1, (size_t)(skip_string(colon + 1) - colon - 1), quoted.data, quoted.len);
    piece_release(&quoted);
}

void mangle_utf8(struct piece *t)
{
    for (const char *s = t->len ? strchr(t->data, '"') : NULL; s; s = strchr(s, '"')) {
        const char *end = skip_string(s);

        if (*end != ':') {
            insert(t, s + 1, "\xff");
            return;
        }
        s = end;
    }
}

void mangle_duplicate(struct piece *t)
{
    const char *array = t->len ? find_outside(t->data, '[') : NULL;
    const char *object = array ? find_outside(array, '{') : NULL, *end;
    struct piece member = {0};

    if (!object)
        object = t->len ? find_outside(t->data, '{') : NULL;
    if (!object || object[1] != '"')
        return;
    end = skip_value(skip_string(object + 1) + 1);
    piece_add(&member, object + 1, (size_t)(end - object - 1));
    piece_puts(&member, ",");
    insert(t, object + 1, member.data);
    piece_release(&member);
}

void mangle_deep(struct piece *t, unsigned long n)
{
    bool object = t->len && *t->data == '{';
    struct piece deep = {0};

    if (!object && !(t->len && *t->data == '['))
        return;
    if (object)
        piece_puts(&deep, "\"deep\":");
    for (unsigned long i = 0; i < n; i++)
        piece_add(&deep, "[", 1);
    for (unsigned long i = 0; i < n; i++)
        piece_add(&deep, "]", 1);
    if (t->data[1] != '}' && t->data[1] != ']')
        piece_puts(&deep, ",");
    insert(t, t->data + 1, deep.data);
    piece_release(&deep);
}

/* ---- gzip, RFC 1951 and 1952 ---- */

/* The most bytes in a block that is stored as it is. */
#define STORED_MAX 65535

static uint32_t crc_add(uint32_t crc, unsigned char byte)
{
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    return crc;
}

static void add_little(struct piece *t, uint32_t value, int bytes)
{
    for (; bytes > 0; bytes--, value >>= 8)
        piece_add(t, &(char){(char)(value & 0xff)}, 1);
}

/* Bits that fill bytes from the lowest one on. */
struct bits {
    struct piece *out;
    unsigned value, n;
};

/* Add the lowest ${n} bits of ${code}, the highest of them first, as Huffman codes are. */
static void add_code(struct bits *b, unsigned code, unsigned n)
{
    while (n-- > 0) {
        b->value |= (code >> n & 1) << b->n++;
        if (b->n == 8) {
            piece_add(b->out, &(char){(char)b->value}, 1);
            b->value = b->n = 0;
        }
    }
}

/* A last block of spaces: one, and then as often as it takes the 258 bytes before. ${spaces} is rounded up. */
static void add_spaces(struct piece *out, unsigned long spaces)
{
    struct bits b = {out, 0, 0};

    add_code(&b, 1, 1); /* the last block */
    add_code(&b, 2, 2); /* of type 1, its low bit first: the codes are fixed */
    add_code(&b, 0x30 + ' ', 8);
    for (unsigned long i = 0; i < spaces; i += 258) {
        add_code(&b, 0xc5, 8); /* a length of 258 */
        add_code(&b, 0, 5);    /* from one byte before */
    }
    add_code(&b, 0, 7); /* the end of the block */
    add_code(&b, 0, (8 - b.n) % 8);
}

void mangle_gzip(struct piece *t, unsigned long spaces)
{
    struct piece out = {0};
    uint32_t crc = ~0u;

    piece_add(&out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    for (size_t at = 0; at < t->len || at == 0; at += STORED_MAX) {
        size_t n = t->len - at < STORED_MAX ? t->len - at : STORED_MAX;

        add_little(&out, spaces == 0 && at + n == t->len, 1);
        add_little(&out, (uint32_t)n, 2);
        add_little(&out, ~(uint32_t)n, 2);
        piece_add(&out, t->data ? t->data + at : "", n);
    }
    for (size_t i = 0; i < t->len; i++)
        crc = crc_add(crc, (unsigned char)t->data[i]);
    if (spaces > 0)
        add_spaces(&out, spaces);
    /* Of the spaces they would take long; no client gets that far. */
    add_little(&out, ~crc, 4);
    add_little(&out, (uint32_t)t->len, 4);
    piece_release(t);
    *t = out;
}
