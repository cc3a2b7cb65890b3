#include "form.h"

#include "piece.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *p = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

    return p ? (int)(p - digits) : -1;
}

/* A decoded copy of the ${len} bytes at ${s}. */
static char *decode(const char *s, size_t len)
{
    char *out = piece_copy(s, len);
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (s[i] == '%' && len - i > 2 && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
            out[n++] = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
            i += 2;
        } else {
            out[n++] = s[i] == '+' ? ' ' : s[i];
        }
    }
    out[n] = '\0';
    return out;
}

static void add_field(struct form *f, const char *s, size_t len)
{
    const char *eq = memchr(s, '=', len);
    size_t name_len = eq ? (size_t)(eq - s) : len;

    if (len == 0)
        return;
    f->fields = piece_array(f->fields, f->n + 1, sizeof(*f->fields));
    f->fields[f->n].name = decode(s, name_len);
    f->fields[f->n].value = eq ? decode(eq + 1, len - name_len - 1) : decode("", 0);
    f->n++;
}

void form_parse(struct form *f, const char *s, size_t len)
{
    *f = (struct form){0};
    while (len > 0) {
        const char *amp = memchr(s, '&', len);
        size_t part = amp ? (size_t)(amp - s) : len;

        add_field(f, s, part);
        if (!amp)
            break;
        s += part + 1;
        len -= part + 1;
    }
}

void form_release(struct form *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->fields[i].name);
        free(f->fields[i].value);
    }
    free(f->fields);
    *f = (struct form){0};
}

const char *form_get(const struct form *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->fields[i].name, name) == 0)
            return f->fields[i].value;
    return NULL;
}
