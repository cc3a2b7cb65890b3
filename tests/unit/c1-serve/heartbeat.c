/*
 * The time to the next heartbeat: none said, too short, as said, too long.
 */
#include <stdio.h>

#include "c1-serve/heartbeat.h"
#include "tap.h"

static const struct {
    int64_t said_ms, ms;
} intervals[] = {
    {0, 30000},
    {1, 1000},
    {100, 1000},
    {999, 1000},
    {1000, 1000},
    {1001, 1001},
    {30000, 30000},
    {300000, 300000},
    {300001, 300000},
    {3600000, 300000},
    {INT64_MAX, 300000},
    {-1, 1000},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
        char what[64];

        snprintf(what, sizeof(what), "%lld ms", (long long)intervals[i].said_ms);
        tap_ok(heartbeat_interval(intervals[i].said_ms) == intervals[i].ms, what);
    }
    return tap_done();
}
