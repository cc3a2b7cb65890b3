#include "nearest.h"

#include <string.h>

/* The most letters that may be wrong, and how many must be there for each of them. */
#define WRONG_MAX 3
#define LETTERS_EACH 3

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* One more row of the table: the steps from the first ${i} letters of ${a} to each beginning of ${b}; ${rows}: the two before. */
static void next_row(unsigned rows[3][NEAREST_WORD_MAX + 1], const char *a, size_t i, const char *b, size_t b_len)
{
    unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

    row[0] = (unsigned)i;
    for (size_t j = 1; j <= b_len; j++) {
        row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], row[j - 1]) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = least(row[j], before[j - 2] + 1);
    }
}

unsigned nearest_steps(const char *a, size_t a_len, const char *b)
{
    size_t b_len = strlen(b);
    unsigned rows[3][NEAREST_WORD_MAX + 1] = {{0}};

    if (a_len > NEAREST_WORD_MAX || b_len > NEAREST_WORD_MAX)
        return (unsigned)(a_len + b_len + 1);
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++)
        next_row(rows, a, i, b, b_len);
    return rows[a_len % 3][b_len];
}

void nearest_offer(struct nearest *n, const char *choice)
{
    unsigned steps = nearest_steps(n->word, n->len, choice);

    if (steps > WRONG_MAX || steps * LETTERS_EACH > n->len || (n->found != NULL && steps >= n->steps))
        return;
    n->found = choice;
    n->steps = steps;
}
