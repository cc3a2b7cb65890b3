/*
 * number.h and option_number: what is a whole number, and its limits.
 */
#include "number.h"

#include <string.h>

#include "option.h"
#include "tap.h"

#define UNREAD (-7) /* what ${n} holds before, and must hold after a refusal */

static const struct {
    const char *text;
    int64_t min, max, n; /* n UNREAD: refused */
} numbers[] = {
    {"0", 0, 10, 0},
    {"10", 0, 10, 10},
    {"007", 1, 10, 7},
    {"11", 0, 10, UNREAD},
    {"0", 1, 10, UNREAD},
    {"", 0, 10, UNREAD},
    {"-1", 0, 10, UNREAD},
    {"+1", 0, 10, UNREAD},
    {" 1", 0, 10, UNREAD},
    {"1 ", 0, 10, UNREAD},
    {"1x", 0, 10, UNREAD},
    {"1.0", 0, 10, UNREAD},
    {"0x1", 0, 10, UNREAD},
    {"9223372036854775807", 0, INT64_MAX, INT64_MAX},
    {"9223372036854775808", 0, INT64_MAX, UNREAD},
    {"99999999999999999999999999", 0, INT64_MAX, UNREAD},
    {"9", 0, 0, UNREAD},
};

/* ${rest}: what stands behind the number; NULL if there is none. */
static const struct {
    const char *text;
    int64_t max, n;
    const char *rest;
} digits[] = {
    {"3,4", 9, 3, ",4"},
    {"12", 12, 12, ""},
    {"13,1", 12, UNREAD, NULL},
    {",4", 9, UNREAD, NULL},
    {"", 9, UNREAD, NULL},
};

static void check_numbers(void)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        int64_t n = UNREAD;
        int r = number_parse(numbers[i].text, numbers[i].min, numbers[i].max, &n);

        tap_ok(n == numbers[i].n && r == (n == UNREAD ? -1 : 0), numbers[i].text);
    }
}

static void check_digits(void)
{
    for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++) {
        int64_t n = UNREAD;
        const char *end = number_digits(digits[i].text, digits[i].max, &n);
        bool same = digits[i].rest == NULL ? end == NULL : end != NULL && strcmp(end, digits[i].rest) == 0;

        tap_ok(same && n == digits[i].n, digits[i].text);
    }
}

static void check_option(void)
{
    struct err e = {0};
    int64_t n = UNREAD;

    tap_ok(option_number("--keep", "8", 1, 9, &n, &e) == 0 && n == 8 && e.status == 0, "an option's number");
    tap_ok(option_number("--keep", "secret", 1, 9, &n, &e) == -1 && e.status == EX_USAGE && n == 8, "and what is none");
    tap_ok(strcmp(e.msg, "--keep needs a whole number from 1 to 9") == 0, "is not repeated");
}

int main(void)
{
    check_numbers();
    check_digits();
    check_option();
    return tap_done();
}
