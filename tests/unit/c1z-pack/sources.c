/* The sources of grants: "a b*" is two of them, the second direct. */
#include "c1z-pack/sources.h"

#include <string.h>

#include "tap.h"

/* What is there, what is added, what it is then, and whether that is a change. */
static const struct {
    const char *into, *other, *then;
    bool changed;
} unions[] = {
    {"", "a", "a", true},
    {"a", "a", "a", false},
    {"a", "a*", "a*", true},
    {"a*", "a", "a*", false},
    {"b d", "a c e", "a b c d e", true},
    {"a b c", "b", "a b c", false},
    {"a b c", "", "a b c", false},
    {"ab", "a abc", "a ab abc", true},
};

/* Gather the words of ${text}. */
static void gather(struct sources *s, const char *text)
{
    struct err e = {0};

    s->len = 0;
    while (*text != '\0') {
        size_t n = strcspn(text, " *");
        bool direct = text[n] == '*';

        sources_append(s, (struct source){{(const uint8_t *)text, n}, direct}, &e);
        text += n + direct;
        text += *text == ' ';
    }
}

static bool is(const struct sources *s, const char *text)
{
    struct buf b;
    bool same;

    buf_init(&b, 1 << 16);
    for (size_t i = 0; i < s->len; i++)
        buf_printf(&b, "%s%.*s%s", i > 0 ? " " : "", (int)s->list[i].key.len, (const char *)s->list[i].key.p,
            s->list[i].direct ? "*" : "");
    same = strcmp(buf_cstr(&b), text) == 0;
    buf_release(&b);
    return same;
}

static void check_unions(struct sources *a, struct sources *b)
{
    for (size_t i = 0; i < sizeof(unions) / sizeof(unions[0]); i++) {
        struct err e = {0};
        bool changed;

        gather(a, unions[i].into);
        gather(b, unions[i].other);
        tap_ok(sources_unite(a, b, &changed, &e) == 0 && changed == unions[i].changed && is(a, unions[i].then),
            unions[i].then);
    }
}

/* What is written is read again, and says whether the grant is held directly. */
static void check_message(struct sources *a, struct sources *b)
{
    struct wire_bytes own = {(const uint8_t *)"own", 3}, other = {(const uint8_t *)"c", 1}, grant;
    struct err e = {0};
    struct buf message;

    buf_init(&message, 1 << 16);
    gather(a, "a* own b");
    sources_put(&message, a);
    grant = (struct wire_bytes){(const uint8_t *)message.data, message.len};
    b->len = 0;
    tap_ok(sources_read(b, grant, &e) == 0 && is(b, "a* own b"), "read as written");
    sources_settle(b);
    tap_ok(is(b, "a* b own"), "in order");
    tap_ok(sources_direct(grant, own), "its own entitlement is among them");
    tap_ok(!sources_direct(grant, other), "another is not");
    tap_ok(sources_direct((struct wire_bytes){NULL, 0}, own), "without sources it is held directly");
    buf_release(&message);
}

int main(void)
{
    struct sources a = {0}, b = {0};

    gather(&a, "c a* b a c*");
    sources_settle(&a);
    tap_ok(is(&a, "a* b c*"), "each once, direct if any is");
    check_unions(&a, &b);
    check_message(&a, &b);
    sources_release(&a);
    sources_release(&b);
    return tap_done();
}
