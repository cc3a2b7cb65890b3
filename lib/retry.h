/*
 * retry.h: when a failed exchange is tried again, and after how long.
 */
#ifndef AB_RETRY_H
#define AB_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* The bounds of one request: at most ${attempts} in all, and no wait that would end after ${total_ms} since the first. */
struct retry_policy {
    unsigned attempts;
    int64_t base_ms;
    int64_t max_ms;
    int64_t total_ms;
};

/* Whether an HTTP status is worth another try: 408, 429, 500, 502, 503, 504 and other 5xx, but not 501 or 505. */
bool retry_status(int http_status);

/**
 * retry_delay_ms(p, attempt, elapsed_ms, retry_after_ms):
 * The wait before try number ${attempt} + 1 (${attempt} tries were made, ${elapsed_ms} since the first began): full
 * jitter between 0 and min(max_ms, base_ms * 2^(attempt-1)), but never less than ${retry_after_ms} (-1: none), which is
 * obeyed in full.  Return -1 when there must be no further try.
 */
int64_t retry_delay_ms(const struct retry_policy *p, unsigned attempt, int64_t elapsed_ms, int64_t retry_after_ms);

#endif
