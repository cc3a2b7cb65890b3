#include "b64url.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void b64url_put(struct buf *out, const void *p, size_t len)
{
    const unsigned char *from = p;
    uint32_t bits = 0;
    unsigned n = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | from[i];
        for (n += 8; n >= 6; n -= 6)
            buf_putc(out, alphabet[bits >> (n - 6) & 63]);
    }
    if (n > 0)
        buf_putc(out, alphabet[bits << (6 - n) & 63]);
}

int b64url_read(struct buf *out, const char *text, size_t len)
{
    uint32_t bits = 0;
    unsigned n = 0;
    size_t read = 0;

    for (size_t i = 0; i < len; i++) {
        const char *at = text[i] != '\0' ? strchr(alphabet, text[i]) : NULL;

        if (text[i] == '\r' || text[i] == '\n')
            continue;
        if (at == NULL)
            return -1;
        read++;
        bits = bits << 6 | (uint32_t)(at - alphabet);
        n += 6;
        if (n >= 8) {
            n -= 8;
            buf_putc(out, (char)(bits >> n & 255));
        }
    }
    return read % 4 == 1 || out->failed ? -1 : 0;
}
