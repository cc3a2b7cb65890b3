#include "absent.h"

#include "match.h"

struct search {
    struct missing *missing;
    const struct c1znames *names;
    const struct json_str *word;
};

/* The word is compared first: nearly always it is another, and the names take longer. */
static int look(struct search *s, const struct c1zread_ref *ref, struct err *e)
{
    if ((s->word != NULL && !match_is(ref, MATCH_CALLED, *s->word)) || c1znames_resource(s->names, ref) != NULL)
        return 0;
    return missing_resource(s->missing, s->names, ref) != NULL ? 0
                                                               : err_set(e, EX_OSERR, "no memory for what is missing");
}

static int look_at_grants(struct search *s, struct c1zread *r, const struct c1zread_sync *sync, struct err *e)
{
    struct c1zread_query query = {.sync = sync, .kind = KIND_GRANT, .order = C1ZREAD_STORED, .part = C1ZREAD_IDS};
    struct c1zread_rows *rows = c1zread_rows(r, &query, e);
    struct c1zread_row row;
    int n = -1;

    while (rows != NULL && (n = c1zread_next(rows, &row, e)) > 0)
        if (look(s, &row.principal, e) < 0 || look(s, &row.on, e) < 0) {
            n = -1;
            break;
        }
    c1zread_rows_close(rows);
    return n;
}

int absent_find(struct missing *m, struct c1zread *r, const struct c1zread_sync *sync, const struct c1znames *names,
    const struct json_str *word, struct err *e)
{
    struct search s = {.missing = m, .names = names, .word = word};

    for (size_t i = 0; i < names->n_entitlements; i++)
        if (look(&s, &names->entitlements[i].on, e) < 0)
            return -1;
    return look_at_grants(&s, r, sync, e);
}
