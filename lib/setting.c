#include "setting.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

const char *setting_text(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

int setting_number(const char *name, const char *what, int64_t min, int64_t max, int64_t *n, struct err *e)
{
    const char *text = setting_text(name);

    if (text == NULL)
        return 0;
    if (number_parse(text, min, max, n) < 0)
        return err_set(
            e, EX_CONFIG, "%s: not a whole number of %s from %lld to %lld", name, what, (long long)min, (long long)max);
    return 1;
}

/* The words of strconv.ParseBool: false at even places, true at odd ones. */
static const char *const bool_words[] = {
    "0", "1", "f", "t", "F", "T", "false", "true", "False", "True", "FALSE", "TRUE"};

int setting_bool(const char *name, bool *value, struct err *e)
{
    const char *text = setting_text(name);

    if (text == NULL)
        return 0;
    for (size_t i = 0; i < sizeof(bool_words) / sizeof(bool_words[0]); i++)
        if (strcmp(text, bool_words[i]) == 0) {
            *value = i % 2 == 1;
            return 1;
        }
    return err_set(e, EX_CONFIG, "%s: neither true nor false", name);
}

bool setting_is_true(const char *name)
{
    bool value = false;

    return setting_bool(name, &value, NULL) > 0 && value;
}

int setting_time(struct timespec *when, struct err *e)
{
    int64_t seconds;
    int r = setting_number("SOURCE_DATE_EPOCH", "seconds", 0, SETTING_TIME_MAX, &seconds, e);

    if (r > 0)
        *when = (struct timespec){.tv_sec = (time_t)seconds};
    else if (r == 0 && clock_gettime(CLOCK_REALTIME, when) < 0)
        r = err_sys(e, EX_OSERR, "cannot read the clock");
    return r < 0 ? -1 : 0;
}
