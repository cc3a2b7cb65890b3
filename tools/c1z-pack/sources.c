#include "sources.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "grow.h"

/* Fields of GrantSources, of every entry of a map, of GrantSource. */
enum { SOURCES_SOURCES = 1, ENTRY_KEY = 1, ENTRY_VALUE = 2, SOURCE_IS_DIRECT = 1 };

#define SOURCES_MAX ((size_t)1 << 28)

void sources_release(struct sources *s)
{
    free(s->list);
    *s = (struct sources){0};
}

static int make_room(struct sources *s, size_t more, struct err *e)
{
    struct source *list = grow_array(s->list, &s->cap, s->len + more, SOURCES_MAX, sizeof(*list));

    if (list == NULL)
        return err_set(e, EX_OSERR, "no memory for the sources of a grant");
    s->list = list;
    return 0;
}

int sources_append(struct sources *s, struct source source, struct err *e)
{
    if (make_room(s, 1, e) < 0)
        return -1;
    s->list[s->len++] = source;
    return 0;
}

static int by_key(const void *a, const void *b)
{
    const struct source *x = a, *y = b;

    return bytes_compare(x->key.p, x->key.len, y->key.p, y->key.len);
}

void sources_settle(struct sources *s)
{
    size_t kept = 0;

    if (s->len > 1)
        qsort(s->list, s->len, sizeof(*s->list), by_key);
    for (size_t i = 0; i < s->len; i++) {
        if (kept > 0 && by_key(&s->list[kept - 1], &s->list[i]) == 0)
            s->list[kept - 1].direct |= s->list[i].direct;
        else
            s->list[kept++] = s->list[i];
    }
    s->len = kept;
}

static struct source read_entry(struct wire_bytes entry)
{
    struct wire value = wire_begin(wire_find(entry, ENTRY_VALUE));
    struct source source = {.key = wire_find(entry, ENTRY_KEY)};
    struct wire_field f;

    while (wire_next(&value, &f))
        if (f.number == SOURCE_IS_DIRECT)
            source.direct = f.varint != 0;
    return source;
}

int sources_read(struct sources *s, struct wire_bytes grant, struct err *e)
{
    struct wire w = wire_begin(wire_find(grant, GRANT_SOURCES));
    struct wire_field f;

    while (wire_next(&w, &f))
        if (f.number == SOURCES_SOURCES && sources_append(s, read_entry(f.body), e) < 0)
            return -1;
    return w.bad ? err_set(e, EX_SOFTWARE, "a stored grant cannot be read back") : 0;
}

/* Whether ${s} has all of ${other}, as direct as there. */
static bool has_all(const struct sources *s, const struct sources *other)
{
    size_t at = 0;

    for (size_t i = 0; i < other->len; i++) {
        int r = -1;

        while (at < s->len && (r = by_key(&s->list[at], &other->list[i])) < 0)
            at++;
        if (at == s->len || r != 0 || (other->list[i].direct && !s->list[at].direct))
            return false;
    }
    return true;
}

int sources_unite(struct sources *into, const struct sources *other, bool *changed, struct err *e)
{
    *changed = !has_all(into, other);
    if (!*changed)
        return 0;
    if (make_room(into, other->len, e) < 0)
        return -1;
    memcpy(into->list + into->len, other->list, other->len * sizeof(*other->list));
    into->len += other->len;
    sources_settle(into);
    return 0;
}

/* The bytes of one source's entry: key and value, the value empty unless it is direct. */
static size_t entry_size(const struct source *s)
{
    return wire_size(s->key.len) + wire_size(s->direct ? 2 : 0);
}

void sources_put(struct buf *out, const struct sources *s)
{
    static const uint8_t is_direct[] = {SOURCE_IS_DIRECT << 3, 1};
    size_t size = 0;

    for (size_t i = 0; i < s->len; i++)
        size += wire_size(entry_size(&s->list[i]));
    wire_put_head(out, GRANT_SOURCES, size);
    for (size_t i = 0; i < s->len; i++) {
        const struct source *source = &s->list[i];

        wire_put_head(out, SOURCES_SOURCES, entry_size(source));
        wire_put(out, ENTRY_KEY, source->key);
        wire_put(out, ENTRY_VALUE, (struct wire_bytes){is_direct, source->direct ? sizeof(is_direct) : 0});
    }
}

bool sources_direct(struct wire_bytes grant, struct wire_bytes entitlement)
{
    struct wire w = wire_begin(wire_find(grant, GRANT_SOURCES));
    struct wire_field f;
    bool any = false;

    while (wire_next(&w, &f)) {
        struct wire_bytes key;

        if (f.number != SOURCES_SOURCES)
            continue;
        any = true;
        key = wire_find(f.body, ENTRY_KEY);
        if (wire_same(key, entitlement))
            return true;
    }
    return !any;
}
