#include "retry.h"

#include <sys/random.h>

#include "clock.h"

bool retry_status(int http_status)
{
    if (http_status == 408 || http_status == 429)
        return true;
    /* 501 and 505 say that the server cannot do what is asked, now or later. */
    return http_status >= 500 && http_status <= 599 && http_status != 501 && http_status != 505;
}

/* A number between 0 and ${most}. It spreads clients out, so the slight bias of the remainder does no harm. */
static int64_t random_up_to(int64_t most)
{
    uint64_t r;

    if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != (ssize_t)sizeof(r))
        r = (uint64_t)clock_mono_ms() * 0x9e3779b97f4a7c15u >> 16;
    return (int64_t)(r % ((uint64_t)most + 1));
}

/* base_ms * 2^(attempt-1), but at most max_ms. */
static int64_t ceiling_ms(const struct retry_policy *p, unsigned attempt)
{
    int64_t ms = p->base_ms;

    for (unsigned i = 1; i < attempt && ms < p->max_ms; i++)
        ms = ms > INT64_MAX / 2 ? INT64_MAX : ms * 2;
    return ms < p->max_ms ? ms : p->max_ms;
}

int64_t retry_delay_ms(const struct retry_policy *p, unsigned attempt, int64_t elapsed_ms, int64_t retry_after_ms)
{
    int64_t left_ms = p->total_ms - elapsed_ms, most_ms = ceiling_ms(p, attempt), delay_ms;

    if (attempt >= p->attempts || left_ms <= 0 || retry_after_ms > left_ms)
        return -1;
    if (most_ms > left_ms)
        most_ms = left_ms;
    delay_ms = random_up_to(most_ms > 0 ? most_ms : 0);
    return delay_ms > retry_after_ms ? delay_ms : retry_after_ms;
}
