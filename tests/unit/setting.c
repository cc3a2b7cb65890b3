/*
 * setting.h: variables unset, empty, right and wrong.
 */
#include "setting.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void put(const char *name, const char *value)
{
    if (value == NULL)
        unsetenv(name);
    else
        setenv(name, value, 1);
}

static const struct {
    const char *value; /* NULL: unset */
    int r;
    int64_t n;
    const char *what;
} numbers[] = {
    {NULL, 0, -1, "unset"},
    {"", 0, -1, "empty is unset"},
    {"1", 1, 1, "the least"},
    {"40", 1, 40, "the greatest"},
    {"41", -1, -1, "too great"},
    {"0", -1, -1, "too small"},
    {"four", -1, -1, "a word"},
};

/* Every text that strconv.ParseBool takes, and some that it does not. */
static const struct {
    const char *value;
    int r;
    bool truth;
} bools[] = {
    {NULL, 0, false},
    {"", 0, false},
    {"1", 1, true},
    {"t", 1, true},
    {"T", 1, true},
    {"true", 1, true},
    {"True", 1, true},
    {"TRUE", 1, true},
    {"0", 1, false},
    {"f", 1, false},
    {"F", 1, false},
    {"false", 1, false},
    {"False", 1, false},
    {"FALSE", 1, false},
    {"tRUE", -1, false},
    {"yes", -1, false},
    {"on", -1, false},
    {" true", -1, false},
    {"truely", -1, false},
    {"2", -1, false},
};

static const struct {
    const char *value;
    int r;
    time_t seconds;
} times[] = {
    {"0", 0, 0},
    {"1795000000", 0, 1795000000},
    {"253402300799", 0, 253402300799},
    {"253402300800", -1, 0},
    {"-1", -1, 0},
    {"tomorrow", -1, 0},
};

static void check_numbers(void)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct err e = {0};
        int64_t n = -1;
        int r;

        put("AB_TEST", numbers[i].value);
        r = setting_number("AB_TEST", "levels", 1, 40, &n, &e);
        tap_ok(r == numbers[i].r && n == numbers[i].n && e.status == (r < 0 ? EX_CONFIG : 0) &&
                   (r >= 0 || strcmp(e.msg, "AB_TEST: not a whole number of levels from 1 to 40") == 0),
            numbers[i].what);
    }
}

static void check_bools(void)
{
    for (size_t i = 0; i < sizeof(bools) / sizeof(bools[0]); i++) {
        struct err e = {0};
        bool truth = false;
        int r;

        put("AB_TEST", bools[i].value);
        r = setting_bool("AB_TEST", &truth, &e);
        tap_ok(r == bools[i].r && truth == bools[i].truth && setting_is_true("AB_TEST") == truth &&
                   (r >= 0 || strcmp(e.msg, "AB_TEST: neither true nor false") == 0),
            bools[i].value != NULL ? bools[i].value : "unset");
    }
}

static void check_times(void)
{
    struct timespec when;

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        struct err e = {0};
        int r;

        when = (struct timespec){0};
        put("SOURCE_DATE_EPOCH", times[i].value);
        r = setting_time(&when, &e);
        tap_ok(r == times[i].r && when.tv_sec == times[i].seconds && when.tv_nsec == 0 &&
                   e.status == (r < 0 ? EX_CONFIG : 0) && strstr(e.msg, "tomorrow") == NULL,
            times[i].value);
    }
    put("SOURCE_DATE_EPOCH", "");
    when = (struct timespec){0};
    tap_ok(setting_time(&when, NULL) == 0 && when.tv_sec >= time(NULL) - 1, "without it, the clock's");
}

int main(void)
{
    check_numbers();
    check_bools();
    check_times();
    return tap_done();
}
