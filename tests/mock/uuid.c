#include "uuid.h"

#include <string.h>

/* Where the hyphens are. */
static bool is_hyphen_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool uuid_parse(const char *s, struct uuid *u)
{
    size_t digits = 0;

    memset(u, 0, sizeof(*u));
    for (size_t i = 0; i < UUID_TEXT_LEN; i++) {
        int value;

        if (is_hyphen_place(i)) {
            if (s[i] != '-')
                return false;
            continue;
        }
        value = hex_value(s[i]);
        if (value < 0)
            return false;
        u->bytes[digits / 2] = (unsigned char)(u->bytes[digits / 2] << 4 | value);
        digits++;
    }
    return s[UUID_TEXT_LEN] == '\0';
}

void uuid_format(const struct uuid *u, char out[UUID_TEXT_LEN + 1])
{
    static const char hex[] = "0123456789abcdef";
    size_t digits = 0;

    for (size_t i = 0; i < UUID_TEXT_LEN; i++) {
        unsigned char byte = u->bytes[digits / 2];

        if (is_hyphen_place(i)) {
            out[i] = '-';
            continue;
        }
        out[i] = hex[digits % 2 ? byte & 15 : byte >> 4];
        digits++;
    }
    out[UUID_TEXT_LEN] = '\0';
}

int uuid_compare(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool uuid_is_zero(const struct uuid *u)
{
    static const struct uuid zero;

    return uuid_compare(u, &zero) == 0;
}

/* FNV-1a, with a last mix so that the low bits depend on all. */
uint32_t uuid_hash(const struct uuid *u, uint32_t salt)
{
    uint32_t h = 2166136261u ^ salt;

    for (size_t i = 0; i < sizeof(u->bytes); i++)
        h = (h ^ u->bytes[i]) * 16777619u;
    h ^= h >> 15;
    h *= 2246822519u;
    return h ^ h >> 13;
}
