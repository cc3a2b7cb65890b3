#include "edges.h"

#include <string.h>

#include "tap.h"

/* Whether spreading from ${from}, of ${n} entitlements, marks those of ${want} ('1' marked, '0' not). */
static bool spreads(struct edges *x, size_t from, const char *want)
{
    unsigned char marks[16] = {0};
    struct err e = {0};
    size_t n = strlen(want);

    marks[from] = 1;
    if (edges_spread(x, marks, n, &e) < 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((marks[i] != 0) != (want[i] == '1'))
            return false;
    return true;
}

int main(void)
{
    static const struct edge edges[] = {{3, 4, false}, {0, 1, true}, {4, 3, false}, {1, 2, true}, {3, 2, false},
        {6, 6, false}, {1, 2, false}, {0, 1, true}};
    struct edges x = {0};
    struct err e = {0};

    tap_ok(spreads(&x, 1, "010"), "without edges, what is wanted alone");
    /* A chain 0 -> 1 -> 2, a circle of 3 and 4 that gives 2 as well, 6 that gives itself, and 5 that gives nothing. */
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
        tap_ok(edges_add(&x, edges[i], &e) == 0, "an edge is added");
    edges_sort(&x);
    tap_ok(spreads(&x, 2, "1111100"), "chains and circles, against their direction");
    tap_ok(spreads(&x, 1, "1100000"), "a part of a chain");
    tap_ok(spreads(&x, 0, "1000000"), "nothing gives the first");
    tap_ok(spreads(&x, 4, "0001100"), "a circle, from within");
    tap_ok(spreads(&x, 6, "0000001"), "an edge to itself");
    tap_ok(spreads(&x, 2, "1111100"), "the same again");
    tap_ok(edges_shallow(&x, 0, 1), "shallow, twice");
    tap_ok(!edges_shallow(&x, 1, 2), "shallow and not is not shallow");
    tap_ok(
        !edges_shallow(&x, 3, 2) && !edges_shallow(&x, 1, 0) && !edges_shallow(&x, 5, 2), "not shallow, and no edge");
    edges_release(&x);
    return tap_done();
}
