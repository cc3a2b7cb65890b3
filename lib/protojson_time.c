#include "protojson_time.h"

#include <inttypes.h>

/* The limits of both types: 0001-01-01T00:00:00Z, 9999-12-31T23:59:59Z, 10,000 years. */
#define TIMESTAMP_MIN INT64_C(-62135596800)
#define TIMESTAMP_MAX INT64_C(253402300799)
#define DURATION_MAX INT64_C(315576000000)

#define DAY_SECONDS 86400
#define NANOS_PER_SECOND 1000000000
#define NANOS_DIGITS 9

/* 400 years of the Gregorian calendar, after which it repeats, and from 0000-03-01 to 1970-01-01. */
#define ERA_DAYS 146097
#define EPOCH_DAYS 719468

/* Days from 1970-01-01 to a date.  Years begin in March here, so that the leap day is the last of its year. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = year - (month <= 2), era, in_era, day_of_year;

    era = (y >= 0 ? y : y - 399) / 400;
    in_era = y - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * ERA_DAYS + in_era * 365 + in_era / 4 - in_era / 100 + day_of_year - EPOCH_DAYS;
}

/* The date ${days} after 1970-01-01; the year is 0 or later. */
static void date_of(int64_t days, int *year, int *month, int *day)
{
    int64_t shifted = days + EPOCH_DAYS, era = shifted / ERA_DAYS, in_era = shifted % ERA_DAYS;
    int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t day_of_year = in_era - (365 * y + y / 4 - y / 100), m = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}

static int month_days(int year, int month)
{
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
        return 29;
    return days[month - 1];
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Take exactly ${n} digits, whose value is at most ${max}; return -1 if they are not there. */
static int take_number(struct json_str *v, size_t n, int max)
{
    int value = 0;

    if (v->len < n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(v->s[i]))
            return -1;
        value = value * 10 + (v->s[i] - '0');
    }
    v->s += n;
    v->len -= n;
    return value <= max ? value : -1;
}

static bool take_char(struct json_str *v, char c)
{
    if (v->len == 0 || *v->s != c)
        return false;
    v->s++;
    v->len--;
    return true;
}

/* Take digits of a fraction of a second, of which there are ${*digits}; return whether they are not too many. */
static bool take_fraction(struct json_str *v, int32_t *nanos, int *digits)
{
    *nanos = 0;
    for (*digits = 0; v->len > 0 && is_digit(*v->s); v->s++, v->len--) {
        if (++*digits > NANOS_DIGITS)
            return false;
        *nanos = *nanos * 10 + (*v->s - '0');
    }
    for (int i = *digits; i < NANOS_DIGITS; i++)
        *nanos *= 10;
    return true;
}

/* "Z", "+hh:mm" or "-hh:mm" and the end: ${*offset} seconds. */
static bool take_zone(struct json_str *v, int *offset)
{
    int sign, hours, minutes;

    *offset = 0;
    if (take_char(v, 'Z'))
        return v->len == 0;
    sign = take_char(v, '-') ? -1 : 1;
    if (sign == 1 && !take_char(v, '+'))
        return false;
    hours = take_number(v, 2, 23);
    if (!take_char(v, ':'))
        return false;
    minutes = take_number(v, 2, 59);
    *offset = sign * (hours * 3600 + minutes * 60);
    return hours >= 0 && minutes >= 0 && v->len == 0;
}

/* "yyyy-mm-ddThh:mm:ss" */
static bool take_date_time(struct json_str *v, int64_t *seconds)
{
    int part[6];
    static const struct {
        int digits, max;
        char after;
    } form[6] = {{4, 9999, '-'}, {2, 12, '-'}, {2, 31, 'T'}, {2, 23, ':'}, {2, 59, ':'}, {2, 59, '\0'}};

    for (int i = 0; i < 6; i++) {
        part[i] = take_number(v, (size_t)form[i].digits, form[i].max);
        if (part[i] < 0 || (form[i].after != '\0' && !take_char(v, form[i].after)))
            return false;
    }
    if (part[1] < 1 || part[2] < 1 || part[2] > month_days(part[0], part[1]))
        return false;
    *seconds = days_of(part[0], part[1], part[2]) * DAY_SECONDS + part[3] * 3600 + part[4] * 60 + part[5];
    return true;
}

bool protojson_time_timestamp(struct json_str v, int64_t *seconds, int32_t *nanos)
{
    int offset, digits;

    *nanos = 0;
    if (!take_date_time(&v, seconds))
        return false;
    if (take_char(&v, '.') && (!take_fraction(&v, nanos, &digits) || digits == 0))
        return false;
    if (!take_zone(&v, &offset))
        return false;
    *seconds -= offset;
    return *seconds >= TIMESTAMP_MIN && *seconds <= TIMESTAMP_MAX;
}

bool protojson_time_duration(struct json_str v, int64_t *seconds, int32_t *nanos)
{
    int whole = 0, fraction = 0;
    bool negative;

    *seconds = *nanos = 0;
    negative = take_char(&v, '-');
    if (!negative)
        take_char(&v, '+');
    if (v.len >= 2 && *v.s == '0' && is_digit(v.s[1]))
        return false;
    for (; v.len > 0 && is_digit(*v.s); v.s++, v.len--) {
        *seconds = *seconds * 10 + (*v.s - '0');
        if (*seconds > DURATION_MAX)
            return false;
        whole++;
    }
    if (take_char(&v, '.')) {
        if (!take_fraction(&v, nanos, &fraction))
            return false;
        whole++; /* protojson takes a bare point for zero */
    }
    if (whole == 0 || !take_char(&v, 's') || v.len > 0)
        return false;
    if (negative) {
        *seconds = -*seconds;
        *nanos = -*nanos;
    }
    return true;
}

/* Append a fraction of a second in the fewest groups of three digits that lose nothing. */
static void put_fraction(struct buf *out, int32_t nanos)
{
    int width = NANOS_DIGITS;

    if (nanos == 0)
        return;
    for (; nanos % 1000 == 0; nanos /= 1000)
        width -= 3;
    buf_printf(out, ".%0*" PRId32, width, nanos);
}

bool protojson_time_put_timestamp(struct buf *out, int64_t seconds, int32_t nanos)
{
    int64_t days;
    int year, month, day, second;

    if (seconds < TIMESTAMP_MIN || seconds > TIMESTAMP_MAX || nanos < 0 || nanos >= NANOS_PER_SECOND)
        return false;
    days = (seconds - TIMESTAMP_MIN) / DAY_SECONDS + TIMESTAMP_MIN / DAY_SECONDS;
    second = (int)(seconds - days * DAY_SECONDS);
    date_of(days, &year, &month, &day);
    buf_printf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, second / 3600, second / 60 % 60, second % 60);
    put_fraction(out, nanos);
    buf_puts(out, "Z\"");
    return true;
}

bool protojson_time_put_duration(struct buf *out, int64_t seconds, int32_t nanos)
{
    bool negative = seconds < 0 || nanos < 0;

    if (seconds < -DURATION_MAX || seconds > DURATION_MAX || nanos <= -NANOS_PER_SECOND || nanos >= NANOS_PER_SECOND)
        return false;
    if ((seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0))
        return false;
    buf_printf(out, "\"%s%" PRId64, negative ? "-" : "", negative ? -seconds : seconds);
    put_fraction(out, negative ? -nanos : nanos);
    buf_puts(out, "s\"");
    return true;
}
