#include "rows.h"

#include <stdlib.h>

#include "grow.h"

/* Many pages of one list. */
#define TEXT_MAX ((size_t)512 << 20)

void rows_init(struct rows *r)
{
    *r = (struct rows){0};
    buf_init(&r->text, TEXT_MAX);
}

void rows_release(struct rows *r)
{
    buf_release(&r->text);
    free(r->row);
    rows_init(r);
}

void rows_move(struct rows *to, struct rows *from)
{
    *to = *from;
    rows_init(from);
}

int rows_add(struct rows *r, const struct row *row)
{
    size_t cap = r->cap;
    struct row *more = grow_array(r->row, &cap, (size_t)r->n + 1, UINT32_MAX, sizeof(*more));

    if (more == NULL)
        return -1;
    r->row = more;
    r->cap = (uint32_t)cap;
    r->row[r->n] = *row;
    r->row[r->n++].end = (uint32_t)r->text.len;
    return 0;
}

static uint32_t start_of(const struct rows *r, uint32_t i)
{
    return i == 0 ? 0 : r->row[i - 1].end;
}

void rows_truncate(struct rows *r, uint32_t n)
{
    r->text.len = r->text.failed ? 0 : start_of(r, n);
    r->n = n;
}

struct json_str rows_data(const struct rows *r, uint32_t i)
{
    uint32_t start = start_of(r, i);

    return (struct json_str){r->text.data + start, r->row[i].end - start};
}
