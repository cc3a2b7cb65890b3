#include "syncs.h"

#include <string.h>

const struct sheet_columns syncs_columns = {
    5, {{"ID", "syncId", true}, {"Started At", "startedAt", true}, {"Ended At", "endedAt", true},
           {"Type", "type", true}, {"Parent ID", "parentSyncId", true}}};

static struct json_str whole(const char *text)
{
    return (struct json_str){text, strlen(text)};
}

/* The time ${text}, called ${what}, of ${sync}, in ${to}; "" for none. */
static int take_time(struct cat *c, const struct c1zread_sync *sync, const char *what, const char *text,
    char to[C1ZREAD_TIME_SIZE], struct err *e)
{
    to[0] = '\0';
    if (text == NULL || c1zread_time(text, to))
        return 0;
    return err_set(
        e, EX_DATAERR, "'%s': %s of sync '%s' is not a time: '%s'", c1zread_name(c->file), what, sync->id, text);
}

static int put_sync(struct cat *c, struct sheet *s, const struct c1zread_sync *sync, struct err *e)
{
    char started_at[C1ZREAD_TIME_SIZE], ended_at[C1ZREAD_TIME_SIZE];

    if (take_time(c, sync, "started_at", sync->started_at, started_at, e) < 0 ||
        take_time(c, sync, "ended_at", sync->ended_at, ended_at, e) < 0)
        return -1;
    return sheet_row(s,
        (struct json_str[]){
            whole(sync->id), whole(started_at), whole(ended_at), whole(sync->type), whole(sync->parent)},
        e);
}

int syncs_rows(struct cat *c, struct sheet *s, struct err *e)
{
    size_t n;
    const struct c1zread_sync *sync = c1zread_syncs(c->file, &n);

    for (size_t i = 0; i < n; i++)
        if ((c->sync == NULL || c->sync == &sync[i]) && put_sync(c, s, &sync[i], e) < 0)
            return -1;
    return 0;
}
