/*
 * When and how long retry.h waits: bounds, growth, Retry-After, and the end.
 */
#include "retry.h"

#include "clock.h"
#include "tap.h"

static const struct retry_policy policy = {.attempts = 5, .base_ms = 100, .max_ms = 1000, .total_ms = 60000};

/* The least and greatest of many waits, or -1 and -1 when one of them was refused. */
static void range(const struct retry_policy *p, unsigned attempt, int64_t elapsed, int64_t *least, int64_t *most)
{
    *least = INT64_MAX;
    *most = -1;
    for (int i = 0; i < 2000; i++) {
        int64_t d = retry_delay_ms(p, attempt, elapsed, -1);

        if (d < 0) {
            *least = *most = -1;
            return;
        }
        *least = d < *least ? d : *least;
        *most = d > *most ? d : *most;
    }
}

static void check_statuses(void)
{
    static const int yes[] = {408, 429, 500, 502, 503, 504, 507, 520, 599};
    static const int no[] = {0, 200, 301, 400, 401, 403, 404, 405, 409, 415, 422, 501, 505, 600};
    bool all = true, none = true;

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        all = all && retry_status(yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        none = none && !retry_status(no[i]);
    tap_ok(all, "408, 429 and passing 5xx are tried again");
    tap_ok(none, "success, refusals, 501 and 505 are not");
}

static void check_growth(void)
{
    int64_t least, most;

    range(&policy, 1, 0, &least, &most);
    tap_ok(least >= 0 && least < 20 && most > 80 && most <= 100, "the first wait is anywhere from 0 to base_ms");
    range(&policy, 3, 0, &least, &most);
    tap_ok(least < 80 && most > 320 && most <= 400, "the third reaches four times that");
    range(&(struct retry_policy){.attempts = 100, .base_ms = 100, .max_ms = 1000, .total_ms = 60000}, 80, 0, &least,
        &most);
    tap_ok(most > 800 && most <= 1000, "no wait is over max_ms, however many there were");
    range(&(struct retry_policy){.attempts = 3, .base_ms = 0, .max_ms = 0, .total_ms = 100}, 1, 0, &least, &most);
    tap_ok(least == 0 && most == 0, "a base of 0 means no wait");
}

static void check_ends(void)
{
    int64_t least, most;

    tap_ok(retry_delay_ms(&policy, 4, 0, -1) >= 0, "the last try may be made");
    tap_ok(retry_delay_ms(&policy, 5, 0, -1) == -1, "no more tries than attempts");
    tap_ok(retry_delay_ms(&policy, 1, 60000, -1) == -1, "none once the time is over");
    tap_ok(retry_delay_ms(&policy, 1, 70000, 0) == -1, "none after the time is over");
    range(&policy, 4, 59990, &least, &most);
    tap_ok(least >= 0 && most <= 10, "a wait ends within the time left");
}

static void check_retry_after(void)
{
    tap_ok(retry_delay_ms(&policy, 1, 0, 7000) == 7000, "Retry-After is obeyed in full, over max_ms");
    tap_ok(retry_delay_ms(&policy, 1, 0, 0) <= 100, "a Retry-After of 0 leaves the jitter");
    tap_ok(retry_delay_ms(&policy, 1, 55000, 5000) == 5000, "a Retry-After that ends with the time is obeyed");
    tap_ok(retry_delay_ms(&policy, 1, 55000, 5001) == -1, "one that ends later is a refusal");
    tap_ok(retry_delay_ms(&policy, 5, 0, 1) == -1, "Retry-After gives no further attempt");
}

int main(void)
{
    int64_t t = clock_mono_ms();

    check_statuses();
    check_growth();
    check_ends();
    check_retry_after();
    tap_ok(t > 0 && clock_mono_ms() >= t, "the clock goes forward");
    return tap_done();
}
