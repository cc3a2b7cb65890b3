/*
 * Times of files as times of streams.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "c1zread.h"

/* What is left of a text. */
struct text {
    const char *at;
};

/* Take exactly ${digits} digits. */
static bool take_number(struct text *t, int digits, int *n)
{
    *n = 0;
    while (digits-- > 0) {
        if (*t->at < '0' || *t->at > '9')
            return false;
        *n = *n * 10 + (*t->at++ - '0');
    }
    return true;
}

static bool take_char(struct text *t, const char *any)
{
    if (*t->at == '\0' || strchr(any, *t->at) == NULL)
        return false;
    t->at++;
    return true;
}

static bool take_date(struct text *t, struct tm *tm)
{
    if (!take_number(t, 4, &tm->tm_year) || !take_char(t, "-") || !take_number(t, 2, &tm->tm_mon) ||
        !take_char(t, "-") || !take_number(t, 2, &tm->tm_mday))
        return false;
    tm->tm_year -= 1900;
    tm->tm_mon -= 1;
    return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 && tm->tm_mday <= 31;
}

/* A fraction, up to nine digits of it, with its point: copied to ${to}, which is "" without one. */
static bool take_fraction(struct text *t, char to[11])
{
    size_t digits;

    to[0] = '\0';
    if (!take_char(t, "."))
        return true;
    digits = strspn(t->at, "0123456789");
    snprintf(to, 11, ".%.*s", (int)(digits > 9 ? 9 : digits), t->at);
    t->at += digits;
    return digits > 0;
}

static bool take_clock(struct text *t, struct tm *tm, char fraction[11])
{
    if (!take_char(t, " T"))
        return true;
    if (!take_number(t, 2, &tm->tm_hour) || !take_char(t, ":") || !take_number(t, 2, &tm->tm_min))
        return false;
    if (take_char(t, ":") && (!take_number(t, 2, &tm->tm_sec) || !take_fraction(t, fraction)))
        return false;
    return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60;
}

/* Z, an offset, or nothing, and then the end. */
static bool take_offset(struct text *t, int *seconds)
{
    int sign = *t->at == '-' ? -1 : 1, hours, minutes = 0;

    *seconds = 0;
    if (take_char(t, "+-")) {
        if (!take_number(t, 2, &hours) || (take_char(t, ":"), !take_number(t, 2, &minutes)))
            return false;
        *seconds = sign * (hours * 3600 + minutes * 60);
        return *t->at == '\0' && hours < 24 && minutes < 60;
    }
    take_char(t, "Z");
    return *t->at == '\0';
}

bool c1zread_time(const char *text, char to[C1ZREAD_TIME_SIZE])
{
    struct text t = {text};
    struct tm tm = {0};
    char fraction[11] = "";
    int day, offset;
    time_t when;

    if (!take_date(&t, &tm) || !take_clock(&t, &tm, fraction) || !take_offset(&t, &offset))
        return false;
    day = tm.tm_mday;
    when = timegm(&tm);
    /* The 30th of February became a day of March. */
    if (tm.tm_mday != day)
        return false;
    when -= offset;
    if (gmtime_r(&when, &tm) == NULL || tm.tm_year < 1 - 1900 || tm.tm_year > 9999 - 1900)
        return false;
    snprintf(to, C1ZREAD_TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
        tm.tm_hour, tm.tm_min, tm.tm_sec, fraction);
    return true;
}
