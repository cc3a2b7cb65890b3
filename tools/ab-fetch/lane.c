#include "lane.h"

/* Good answers after which a halved API gets one call more. */
#define ANSWERS_TO_RECOVER 8

void lane_init(struct lane *l, unsigned max)
{
    *l = (struct lane){.max = max, .limit = max};
}

bool lane_room(const struct lane *l, int64_t now_ms)
{
    return l->running < l->limit && (l->resume_ms == 0 || now_ms >= l->resume_ms);
}

void lane_recover(struct lane *l)
{
    if (++l->answers < ANSWERS_TO_RECOVER || l->limit == l->max)
        return;
    l->answers = 0;
    l->limit++;
}

bool lane_ease_off(struct lane *l, int64_t now_ms, int64_t sent_ms, int64_t retry_after_ms)
{
    if (retry_after_ms > 0 && l->resume_ms < now_ms + retry_after_ms)
        l->resume_ms = now_ms + retry_after_ms;
    if (sent_ms < l->reduced_ms)
        return false;
    l->limit = l->limit / 2 > 0 ? l->limit / 2 : 1;
    l->answers = 0;
    l->reduced_ms = now_ms;
    return true;
}
