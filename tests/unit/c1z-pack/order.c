/*
 * Graphs of expandable grants as data, and the order in which they are worked out.
 *
 * A graph is words: "a>b" an edge, "a-b" a shallow one, "a>b:user,robot" one for these types.  An order is each
 * destination with its sources: "b(a) c(a,b-)"; the types an edge lets through stand behind it.
 */
#include "c1z-pack/order.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

#define DEPTH 3

static const struct {
    const char *graph, *order;
    int status;
} graphs[] = {
    {"", "", 0},
    {"a>b", "b(a)", 0},
    {"b>c a>b", "b(a) c(b)", 0},
    {"a>c b>c", "c(a,b)", 0},
    {"a>b a>c b>d c>d", "b(a) c(a) d(b,c)", 0},
    /* The same edge twice is the wider of the two. */
    {"a-b a>b", "b(a)", 0},
    {"a-b a-b", "b(a-)", 0},
    {"a>b:user a>b:robot", "b(a:user:robot)", 0},
    {"a>b:user a>b", "b(a)", 0},
    /* Members of a cycle do not expand into each other; what enters reaches all, what leaves is of all. */
    {"a>b b>a", "", 0},
    {"a>b b>a x>a", "a(x) b(x)", 0},
    {"a>b b>a b>y", "y(a,b)", 0},
    {"a>a a>b", "b(a)", 0},
    {"b>c c>d d>b a>b d>e", "b(a) c(a) d(a) e(b,c,d)", 0},
    /* A chain as deep as is allowed, and one deeper. */
    {"a>b b>c c>d", "b(a) c(b) d(c)", 0},
    {"a>b b>c c>d d>e", "", EX_DATAERR},
};

static struct wire_bytes bytes(const char *s, size_t len)
{
    return (struct wire_bytes){(const uint8_t *)s, len};
}

/* Add the edge that the word says. */
static void add_word(struct graph *g, const char *word, uint64_t line)
{
    struct wire_bytes types[4];
    struct err e = {0};
    size_t n = 0;
    const char *t = word[3] == ':' ? word + 4 : "";

    while (*t != '\0' && *t != ' ') {
        size_t len = strcspn(t, ", ");

        types[n++] = bytes(t, len);
        t += len + (t[len] == ',');
    }
    graph_add(g, bytes(word, 1), bytes(word + 2, 1), word[1] == '-', types, n, line, &e);
}

static void add_all(struct graph *g, const char *words)
{
    for (uint64_t line = 1; *words != '\0'; line++) {
        add_word(g, words, line);
        words += strcspn(words, " ");
        words += *words == ' ';
    }
}

/* What the walk prints to. */
struct printed {
    const struct graph *g;
    char text[256];
};

static void print(struct printed *p, const char *word, size_t len)
{
    size_t have = strlen(p->text);

    snprintf(p->text + have, sizeof(p->text) - have, "%.*s", (int)len, word);
}

static void print_name(struct printed *p, struct wire_bytes name)
{
    print(p, (const char *)name.p, name.len);
}

static int print_step(void *arg, const struct order_step *step, struct err *e)
{
    struct printed *p = arg;

    (void)e;
    if (p->text[0] != '\0')
        print(p, " ", 1);
    print_name(p, p->g->nodes.list[step->to]);
    for (size_t i = 0; i < step->n; i++) {
        const struct graph_edge *edge = step->sources[i].edge;

        print(p, i == 0 ? "(" : ",", 1);
        print_name(p, p->g->nodes.list[step->sources[i].from]);
        if (edge->shallow)
            print(p, "-", 1);
        for (uint32_t t = 0; t < edge->n_types; t++) {
            print(p, ":", 1);
            print_name(p, p->g->types.list[edge->types[t]]);
        }
    }
    print(p, ")", 1);
    return 0;
}

static void check(const char *words, const char *order, int status, bool refuse_cycles)
{
    struct order_limits limits = {DEPTH, refuse_cycles};
    struct printed p = {0};
    struct err e = {0};
    struct graph g;
    int r;

    graph_init(&g);
    add_all(&g, words);
    p.g = &g;
    r = order_walk(&g, &limits, print_step, &p, &e);
    if (!tap_ok(status == 0 ? r == 0 && strcmp(p.text, order) == 0 : r < 0 && e.status == status, words))
        printf("# %s\n", p.text);
    graph_release(&g);
}

static void check_admits(void)
{
    uint32_t types[] = {2, 5};
    struct graph_edge all = {0}, some = {.types = types, .n_types = 2};

    tap_ok(graph_admits(&all, 7) && graph_admits(&all, NAMES_NONE), "an edge without types is for all");
    tap_ok(graph_admits(&some, 5) && !graph_admits(&some, 3), "one with types for these");
    tap_ok(!graph_admits(&some, NAMES_NONE), "and not for one that no edge names");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(graphs) / sizeof(graphs[0]); i++)
        check(graphs[i].graph, graphs[i].order, graphs[i].status, false);
    check("a>b b>a", "", EX_DATAERR, true);
    check("a>b", "b(a)", 0, true);
    check_admits();
    return tap_done();
}
