#include "ids.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* On a key that is no UUID: its 16 bytes hold a pointer to the text. */
#define FLAG_TEXT 0x80

#define UUID_LEN 36

/* The first size of the table, a power of two; it is kept at most half full. */
#define TABLE_MIN 16

/* A slot of the table: a number + 1, or 0. */
#define SLOT_EMPTY 0

void ids_init(struct ids *set)
{
    *set = (struct ids){0};
}

static char *text_of(const struct ids *set, uint32_t index)
{
    char *text;

    memcpy(&text, set->key[index], sizeof(text));
    return text;
}

static bool is_text(const struct ids *set, uint32_t index)
{
    return (set->flags[index] & FLAG_TEXT) != 0;
}

static void free_texts(struct ids *set, uint32_t from)
{
    for (uint32_t i = from; i < set->n; i++)
        if (is_text(set, i))
            free(text_of(set, i));
}

void ids_release(struct ids *set)
{
    free_texts(set, 0);
    free(set->key);
    free(set->flags);
    free(set->table);
    ids_init(set);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

static bool dash_at(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

/* The 16 bytes of a UUID in lower case with dashes; false for any other text. */
static bool parse_uuid(struct json_str id, unsigned char key[16])
{
    size_t n = 0;

    if (id.len != UUID_LEN)
        return false;
    for (size_t i = 0; i < UUID_LEN;) {
        int high, low;

        if (dash_at(i)) {
            if (id.s[i++] != '-')
                return false;
            continue;
        }
        high = hex_value(id.s[i]);
        low = hex_value(id.s[i + 1]);
        if (high < 0 || low < 0)
            return false;
        key[n++] = (unsigned char)(high * 16 + low);
        i += 2;
    }
    return true;
}

static void format_uuid(const unsigned char key[16], char text[UUID_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;

    for (size_t i = 0; i < 16; i++) {
        if (dash_at(at))
            text[at++] = '-';
        text[at++] = digits[key[i] >> 4];
        text[at++] = digits[key[i] & 15];
    }
    text[at] = '\0';
}

static uint32_t hash(const void *p, size_t len)
{
    return (uint32_t)bytes_hash(p, len);
}

static uint32_t hash_of(const struct ids *set, uint32_t index)
{
    return is_text(set, index) ? hash(text_of(set, index), strlen(text_of(set, index))) : hash(set->key[index], 16);
}

static bool same(const struct ids *set, uint32_t index, struct json_str id, const unsigned char *uuid)
{
    if (is_text(set, index) != (uuid == NULL))
        return false;
    if (uuid != NULL)
        return memcmp(set->key[index], uuid, 16) == 0;
    return json_eq(id, text_of(set, index));
}

/* The slot that holds the id, or the empty one where it belongs. */
static uint32_t *find(const struct ids *set, struct json_str id, const unsigned char *uuid)
{
    uint32_t mask = set->table_len - 1;
    uint32_t at = (uuid != NULL ? hash(uuid, 16) : hash(id.s, id.len)) & mask;

    while (set->table[at] != SLOT_EMPTY && !same(set, set->table[at] - 1, id, uuid))
        at = (at + 1) & mask;
    return &set->table[at];
}

static void fill_table(const struct ids *set, uint32_t *table, uint32_t len)
{
    for (uint32_t i = 0; i < set->n; i++) {
        uint32_t at = hash_of(set, i) & (len - 1);

        while (table[at] != SLOT_EMPTY)
            at = (at + 1) & (len - 1);
        table[at] = i + 1;
    }
}

static bool grow_table(struct ids *set)
{
    uint32_t len = set->table_len == 0 ? TABLE_MIN : set->table_len * 2;
    uint32_t *table = calloc(len, sizeof(*table));

    if (table == NULL)
        return false;
    fill_table(set, table, len);
    free(set->table);
    set->table = table;
    set->table_len = len;
    return true;
}

static bool grow_keys(struct ids *set)
{
    uint32_t cap = set->cap == 0 ? TABLE_MIN : set->cap + set->cap / 2;
    void *key = realloc(set->key, cap * sizeof(*set->key));
    void *flags;

    if (key == NULL)
        return false;
    set->key = key;
    flags = realloc(set->flags, cap);
    if (flags == NULL)
        return false;
    set->flags = flags;
    set->cap = cap;
    return true;
}

static bool put_key(struct ids *set, struct json_str id, const unsigned char *uuid)
{
    char *text;

    set->flags[set->n] = uuid != NULL ? 0 : FLAG_TEXT;
    if (uuid != NULL) {
        memcpy(set->key[set->n], uuid, 16);
        return true;
    }
    text = strndup(id.s, id.len);
    if (text == NULL)
        return false;
    memset(set->key[set->n], 0, 16);
    memcpy(set->key[set->n], &text, sizeof(text));
    return true;
}

/* Add the id, whose 16 bytes are at ${uuid} if it is a UUID. */
static int add(struct ids *set, struct json_str id, const unsigned char *uuid, uint32_t *index)
{
    uint32_t *slot;

    if (set->n >= set->table_len / 2 && (set->n >= INT32_MAX / 2 || !grow_table(set)))
        return -1;
    slot = find(set, id, uuid);
    if (*slot != SLOT_EMPTY) {
        *index = *slot - 1;
        return 0;
    }
    if ((set->n == set->cap && !grow_keys(set)) || !put_key(set, id, uuid))
        return -1;
    *index = set->n++;
    *slot = set->n;
    return 1;
}

int ids_add(struct ids *set, struct json_str id, uint32_t *index)
{
    unsigned char key[16];

    return add(set, id, parse_uuid(id, key) ? key : NULL, index);
}

bool ids_find(const struct ids *set, struct json_str id, uint32_t *index)
{
    unsigned char key[16];
    const uint32_t *slot = set->n == 0 ? NULL : find(set, id, parse_uuid(id, key) ? key : NULL);

    if (slot == NULL || *slot == SLOT_EMPTY)
        return false;
    *index = *slot - 1;
    return true;
}

/* A digest of all the parts, and of where one ends. */
static void digest_parts(const struct json_str *part, size_t n, unsigned char key[16])
{
    uint64_t digest[2] = {0xcbf29ce484222325u, 0x9ae16a3b2f90404fu};

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < part[i].len; k++) {
            digest[0] = (digest[0] ^ (unsigned char)part[i].s[k]) * 0x100000001b3u;
            digest[1] = (digest[1] + (unsigned char)part[i].s[k]) * 0x9e3779b97f4a7c15u;
            digest[1] ^= digest[1] >> 29;
        }
        digest[0] = (digest[0] ^ 0xff) * 0x100000001b3u; /* no byte of UTF-8: where a part ends */
        digest[1] = (digest[1] + 0xff) * 0x9e3779b97f4a7c15u;
    }
    memcpy(key, digest, sizeof(digest));
}

int ids_add_parts(struct ids *set, const struct json_str *part, size_t n, uint32_t *index)
{
    unsigned char key[16];

    digest_parts(part, n, key);
    return add(set, (struct json_str){NULL, 0}, key, index);
}

bool ids_find_parts(const struct ids *set, const struct json_str *part, size_t n, uint32_t *index)
{
    unsigned char key[16];
    const uint32_t *slot;

    digest_parts(part, n, key);
    slot = set->n == 0 ? NULL : find(set, (struct json_str){NULL, 0}, key);
    if (slot == NULL || *slot == SLOT_EMPTY)
        return false;
    if (index != NULL)
        *index = *slot - 1;
    return true;
}

void ids_truncate(struct ids *set, uint32_t n)
{
    if (set->n <= n)
        return;
    free_texts(set, n);
    set->n = n;
    memset(set->table, 0, set->table_len * sizeof(*set->table));
    fill_table(set, set->table, set->table_len);
}

const char *ids_text(const struct ids *set, uint32_t index, char text[ID_MAX + 1])
{
    if (is_text(set, index))
        strcpy(text, text_of(set, index)); /* at most ID_MAX bytes, see ids_add */
    else
        format_uuid(set->key[index], text);
    return text;
}

int ids_compare(const struct ids *set, uint32_t a, uint32_t b)
{
    char text_a[ID_MAX + 1], text_b[ID_MAX + 1];

    if (!is_text(set, a) && !is_text(set, b)) /* digits sort before letters, dashes stand at the same places */
        return memcmp(set->key[a], set->key[b], 16);
    return strcmp(ids_text(set, a, text_a), ids_text(set, b, text_b));
}

bool ids_mark(struct ids *set, uint32_t index, uint8_t mask)
{
    bool were = (set->flags[index] & mask) == mask;

    set->flags[index] |= mask;
    return were;
}

bool ids_marked(const struct ids *set, uint32_t index, uint8_t mask)
{
    return (set->flags[index] & mask) != 0;
}
