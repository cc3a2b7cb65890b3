#include <string.h>

#include "json.h"
#include "json_scan.h"

/* The exponent of the number from its text behind the "e", cut to +-EXPONENT_MAX. */
#define EXPONENT_MAX INT64_C(1000000000000000) /* no text has so many digits that they could make up for it */

static int64_t exponent_of(const char *p, const char *end)
{
    bool negative = *p == '-';
    int64_t v = 0;

    if (*p == '-' || *p == '+')
        p++;
    for (; p < end; p++) {
        if (v < EXPONENT_MAX)
            v = v * 10 + (*p - '0');
    }
    return negative ? -v : v;
}

/* Multiply ${*n} by ten and add ${digit}; return whether the result is within ${max}. */
static bool add_digit(uint64_t *n, unsigned digit, uint64_t max)
{
    if (*n > (max - digit) / 10)
        return false;
    *n = *n * 10 + digit;
    return true;
}

bool json_to_int64(struct json_str v, int64_t *n)
{
    const char *p = v.s, *end, *bad, *last, *point;
    const bool negative = v.len > 0 && *p == '-';
    const uint64_t max = (uint64_t)INT64_MAX + negative;
    int64_t exponent = 0; /* of the last digit that is not 0 */
    uint64_t sum = 0;

    *n = 0;
    if (v.len == 0 || number_end(p, p + v.len, &bad) != p + v.len)
        return false;
    end = p + v.len;
    p += negative;
    for (const char *e = p; e < end; e++) {
        if (*e == 'e' || *e == 'E') {
            exponent = exponent_of(e + 1, end);
            end = e;
        }
    }
    point = memchr(p, '.', (size_t)(end - p));
    for (last = end; last > p && (last[-1] == '0' || last[-1] == '.'); last--)
        ;
    if (point == NULL)
        point = end;
    exponent += last <= point ? point - last : point + 1 - last;
    for (; p < last; p++) {
        if (*p != '.' && !add_digit(&sum, (unsigned)(*p - '0'), max))
            return false;
    }
    if (sum == 0)
        return true;
    if (exponent < 0)
        return false;
    for (; exponent > 0; exponent--) {
        if (!add_digit(&sum, 0, max))
            return false;
    }
    *n = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}
