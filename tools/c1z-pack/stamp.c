#include "stamp.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "protojson_time.h"

#define NANOSECONDS 1000000000L
#define DAY_S (24 * 60 * 60)

/* The widest that two local times can be apart, and an hour. */
#define ZONES_S (27 * 60 * 60)

/* The last second of the year 9999: what four digits can say. */
#define LAST_SECOND ((time_t)253402300799)

void stamp_format(char text[STAMP_SIZE], struct timespec when)
{
    struct tm tm;
    size_t len;

    gmtime_r(&when.tv_sec, &tm);
    len = strftime(text, STAMP_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
    if (when.tv_nsec == 0)
        return;
    len += (size_t)snprintf(text + len, STAMP_SIZE - len, ".%09ld", when.tv_nsec);
    while (text[len - 1] == '0')
        text[--len] = '\0';
}

int stamp_parse_option(const char *text, struct timespec *when)
{
    int64_t seconds;
    int32_t nanos;

    if (!protojson_time_timestamp((struct json_str){text, strlen(text)}, &seconds, &nanos) || seconds < 0)
        return -1;
    *when = (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = nanos};
    return 0;
}

/* Read the leading "YYYY-MM-DD HH:MM:SS[.fraction]" (or with T between); whatever follows is passed over. */
static int parse(const char *text, struct timespec *when)
{
    struct tm tm = {0};
    int used = 0;
    long unit = NANOSECONDS / 10;

    if (sscanf(text, "%4d-%2d-%2d%*1[ T]%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
            &tm.tm_sec, &used) != 6 ||
        used == 0)
        return -1;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *when = (struct timespec){.tv_sec = timegm(&tm)};
    if (text[used] != '.')
        return 0;
    for (const char *s = text + used + 1; *s >= '0' && *s <= '9'; s++) {
        when->tv_nsec += (*s - '0') * unit;
        unit /= 10;
    }
    return 0;
}

/* Warn if ${latest} is further ahead of ${text} than zones can be. */
static void warn_of_future(const char *text, const char *latest)
{
    struct timespec ours, theirs;

    if (parse(text, &ours) == 0 && parse(latest, &theirs) == 0 && theirs.tv_sec > ours.tv_sec + ZONES_S)
        log_warn("a sync in the file ended in the future; this one and every later one ends just behind it",
            LOG_STR("ended", latest));
}

int stamp_after(char text[STAMP_SIZE], const char *latest, struct err *e)
{
    struct timespec when;

    if (strcmp(text, latest) > 0)
        return 0;
    warn_of_future(text, latest);
    if (parse(latest, &when) == 0 && when.tv_sec < LAST_SECOND - DAY_S) {
        if (++when.tv_nsec >= NANOSECONDS)
            when = (struct timespec){.tv_sec = when.tv_sec + 1};
        stamp_format(text, when);
        if (strcmp(text, latest) > 0)
            return 0;
        /* Another layout, with a T or a zone, sorts after any time of its day in ours. */
        when = (struct timespec){.tv_sec = (when.tv_sec / DAY_S + 1) * DAY_S};
        stamp_format(text, when);
        if (strcmp(text, latest) > 0)
            return 0;
    }
    return err_set(e, EX_DATAERR, "a sync in the file ended at a time that cannot be understood");
}
