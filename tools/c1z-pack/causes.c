#include "causes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "grantids.h"
#include "grow.h"

int causes_note(struct causes *c, uint64_t made, uint64_t line, struct err *e)
{
    struct cause *list;

    if (c->n > 0 && c->list[c->n - 1].line == line)
        return 0;
    list = grow_array(c->list, &c->cap, c->n + 1, UINT32_MAX, sizeof(*list));
    if (list == NULL)
        return err_set(e, EX_OSERR, "no memory for the expansion of grants");
    c->list = list;
    list[c->n++] = (struct cause){made, line};
    return 0;
}

void causes_release(struct causes *c)
{
    free(c->list);
    *c = (struct causes){0};
}

static int refuse(const struct causes *c, const struct store *s, uint64_t made, struct err *e)
{
    size_t i = 0;

    while (i + 1 < c->n && c->list[i + 1].made <= made)
        i++;
    return err_set(e, EX_DATAERR,
        "%s: line %" PRIu64 ": the grant expands into one whose id is that of a grant to someone else", s->input,
        c->list[i].line);
}

/* Find the first grant, by its line, whose id one before it has; 0: there is none. */
static int find_taken(struct grantids *ids, uint64_t *taken, struct err *e)
{
    struct grantid id;
    int r;

    *taken = 0;
    while ((r = grantids_next(ids, &id, e)) > 0)
        if (id.same && (*taken == 0 || id.grant < *taken))
            *taken = id.grant;
    return r;
}

int causes_judge(const struct causes *c, struct store *s, struct err *e)
{
    struct grantids ids = {0};
    uint64_t taken = 0;
    int r = grantids_open(&ids, &s->grants, s->dir, true, e);

    if (r == 0)
        r = find_taken(&ids, &taken, e);
    grantids_close(&ids);
    if (r < 0)
        return -1;
    return taken == 0 ? 0 : refuse(c, s, taken, e);
}
