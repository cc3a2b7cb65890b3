#include <string.h>

#include "json.h"
#include "json_scan.h"

/* Append the escape of ${c}: a quote, a backslash or a byte under 0x20. */
static void put_escape(struct buf *out, char c)
{
    static const char letters[] = "\"\\bfnrt", meanings[] = "\"\\\b\f\n\r\t";
    const char *meaning = c != '\0' ? strchr(meanings, c) : NULL;
    const char escape[2] = {'\\', meaning != NULL ? letters[meaning - meanings] : 'u'};

    buf_append(out, escape, sizeof(escape));
    if (meaning == NULL)
        buf_printf(out, "%04x", (unsigned)(unsigned char)c);
}

void json_put_string(struct buf *out, const char *s, size_t len)
{
    const char *p = s, *const end = len > 0 ? s + len : s;

    buf_putc(out, '"');
    while (p < end) {
        const char *start = p;
        while ((p = plain_end(p, end)) < end && (signed char)*p < 0)
            p++;
        if (p > start)
            buf_append(out, start, (size_t)(p - start));
        if (p < end)
            put_escape(out, *p++);
    }
    buf_putc(out, '"');
}
