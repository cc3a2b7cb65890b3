/*
 * lane.h: how many calls at a time one API is given.
 *
 * A 429, or any Retry-After, halves the number, once for all calls that were under way together; every 8 good answers give
 * one back.  During a Retry-After none begins.
 */
#ifndef AB_FETCH_LANE_H
#define AB_FETCH_LANE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * At most ${limit} of ${running} calls, up to ${max} when all is well, none begun before ${resume_ms} (0: at once).  ${answers}:
 * good ones since the limit last changed; ${reduced_ms}: when it was last halved.  Times are on the clock of clock_mono_ms.
 */
struct lane {
    unsigned max, limit, running;
    unsigned answers;
    int64_t resume_ms, reduced_ms;
};

void lane_init(struct lane *l, unsigned max);

/* Whether a call may begin at ${now_ms}. */
bool lane_room(const struct lane *l, int64_t now_ms);

/* A good answer came. */
void lane_recover(struct lane *l);

/**
 * lane_ease_off(l, now_ms, sent_ms, retry_after_ms):
 * A call that was sent at ${sent_ms} was told to come back after ${retry_after_ms} (-1: some time).  Return whether the
 * number of calls at a time was halved for it.
 */
bool lane_ease_off(struct lane *l, int64_t now_ms, int64_t sent_ms, int64_t retry_after_ms);

#endif
