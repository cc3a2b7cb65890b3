#include "plainline.h"

#include <string.h>

/* What stands before each id, and behind the last. */
#define PART(text)             \
    {                          \
        text, sizeof(text) - 1 \
    }
static const struct {
    const char *text;
    size_t len;
} parts[] = {
    [G_RESOURCE_TYPE] = PART("{\"@type\":\"type.googleapis.com/c1.connector.v2.Grant\",\"entitlement\":{\"resource\":"
                             "{\"id\":{\"resourceType\":\""),
    [G_RESOURCE_ID] = PART("\",\"resource\":\""),
    [G_ENTITLEMENT_ID] = PART("\"}},\"id\":\""),
    [G_PRINCIPAL_TYPE] = PART("\"},\"principal\":{\"id\":{\"resourceType\":\""),
    [G_PRINCIPAL_ID] = PART("\",\"resource\":\""),
    [G_EXTERNAL_ID] = PART("\"}},\"id\":\""),
    [RECORD_TEXTS] = PART("\"}"),
};

/* Whether all ${len} bytes at ${p} stand for themselves in a JSON text: what else there may be is left to lib/json. */
static bool is_literal(const char *p, size_t len)
{
    unsigned odd = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)p[i];

        odd |= (c < 0x20) | (c >= 0x7f) | (c == '\\');
    }
    return odd == 0;
}

/* Take the next part at ${*p}, of which ${*left} bytes are there. */
static bool take_part(const char **p, size_t *left, int i)
{
    if (*left < parts[i].len || memcmp(*p, parts[i].text, parts[i].len) != 0)
        return false;
    *p += parts[i].len;
    *left -= parts[i].len;
    return true;
}

/* Find the pieces of the line, as places in it. */
static bool find_pieces(struct record_piece *pieces, const char *text, size_t len)
{
    const char *p = text;

    for (int i = 0; i < RECORD_TEXTS; i++) {
        const char *end;
        size_t n;

        if (!take_part(&p, &len, i) || (end = memchr(p, '"', len)) == NULL)
            return false;
        n = (size_t)(end - p);
        if (n == 0 || n > RECORD_ID_MAX || !is_literal(p, n))
            return false;
        pieces[i] = (struct record_piece){.at = (size_t)(p - text), .len = n};
        p = end;
        len -= n;
    }
    return take_part(&p, &len, RECORD_TEXTS) && len == 0;
}

bool plainline_read(struct record *r, const char *text, size_t len, uint64_t line, struct buf *bytes)
{
    struct record_piece pieces[RECORD_TEXTS];
    size_t need = 0;
    char *to;

    if (!find_pieces(pieces, text, len))
        return false;
    for (int i = 0; i < RECORD_TEXTS; i++)
        need += pieces[i].len;
    to = buf_reserve(bytes, need);
    if (to == NULL)
        return false;
    *r = (struct record){.kind = KIND_GRANT, .line = line, .plain = true, .expansion.null = true};
    for (int i = 0; i < RECORD_TEXTS; i++) {
        memcpy(to, text + pieces[i].at, pieces[i].len);
        r->text[i] = (struct record_piece){.at = bytes->len, .len = pieces[i].len};
        to += pieces[i].len;
        bytes->len += pieces[i].len;
    }
    return true;
}
