/* Times as the tables have them. */
#include "c1z-pack/stamp.h"

#include <string.h>

#include "log.h"
#include "tap.h"

static const struct {
    struct timespec when;
    const char *text;
} times[] = {
    {{.tv_sec = 0}, "1970-01-01 00:00:00"},
    {{.tv_sec = 1766014285, .tv_nsec = 57185000}, "2025-12-17 23:31:25.057185"},
    {{.tv_sec = 1766014285, .tv_nsec = 58720000}, "2025-12-17 23:31:25.05872"},
    {{.tv_sec = 1766014285, .tv_nsec = 1}, "2025-12-17 23:31:25.000000001"},
    {{.tv_sec = 253402300799, .tv_nsec = 999999999}, "9999-12-31 23:59:59.999999999"},
};

/* Ours, the latest in the file, and ours then; NULL: refused. */
static const struct {
    const char *ours, *latest, *then;
} after[] = {
    {"2026-01-02 00:00:00", "2026-01-01 00:00:00", "2026-01-02 00:00:00"},
    {"2026-01-01 00:00:00", "2026-01-01 00:00:00", "2026-01-01 00:00:00.000000001"},
    {"2026-01-01 00:00:00", "2026-01-01 05:00:00.5", "2026-01-01 05:00:00.500000001"},
    {"2026-01-01 00:00:00", "2026-01-01 05:00:00.999999999", "2026-01-01 05:00:01"},
    {"2026-01-01 00:00:00", "2026-01-01T05:00:00", "2026-01-02 00:00:00"},
    {"2026-01-01 00:00:00", "2026-01-01 05:00:00+02:00", "2026-01-01 05:00:00.000000001"},
    {"2026-01-01 00:00:00", "9999-12-31 23:59:59", NULL},
    {"2026-01-01 00:00:00", "soon", NULL},
};

static const struct {
    const char *text;
    time_t seconds;
    long nanos;
} options[] = {
    {"2026-11-22T20:00:00Z", 1795377600, 0},
    {"2026-11-22T22:00:00.25+02:00", 1795377600, 250000000},
    {"1970-01-01T00:00:00Z", 0, 0},
    {"1969-12-31T23:59:59Z", -1, 0},
    {"2026-11-22", -1, 0},
    {"2026-11-22 20:00:00", -1, 0},
    {"", -1, 0},
};

int main(void)
{
    char text[STAMP_SIZE];
    struct err ignored = {0};

    log_init("stamp");
    log_set_level("error", &ignored);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        stamp_format(text, times[i].when);
        tap_ok(strcmp(text, times[i].text) == 0, times[i].text);
    }
    for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
        struct err e = {0};
        int r;

        strcpy(text, after[i].ours);
        r = stamp_after(text, after[i].latest, &e);
        tap_ok(after[i].then != NULL ? r == 0 && strcmp(text, after[i].then) == 0 : r < 0 && e.status == EX_DATAERR,
            after[i].latest);
    }
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        struct timespec when = {0};
        int r = stamp_parse_option(options[i].text, &when);

        tap_ok(options[i].seconds < 0 ? r < 0
                                      : r == 0 && when.tv_sec == options[i].seconds && when.tv_nsec == options[i].nanos,
            options[i].text);
    }
    return tap_done();
}
