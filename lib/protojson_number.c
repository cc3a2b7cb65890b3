#include "protojson_number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits that suffice to tell any two doubles or floats apart, and those that any of them keeps. */
enum { DOUBLE_DIGITS = 17, DOUBLE_KEPT = 15, FLOAT_DIGITS = 9, FLOAT_KEPT = 6 };

/* The range of magnitudes printed without an exponent: 1e-6 up to but not including 1e21. */
enum { PLAIN_MIN = -6, PLAIN_MAX = 20 };

/* More digits than any uint64_t has: longer integers are refused before they are computed. */
#define INTEGER_DIGITS 20

/* A number's text up to this length is copied to the stack to be converted. */
#define SHORT_TEXT 64

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0) /* the C locale is built in */
        abort();
}

/*
 * Reading.
 */

/* The digits of a number: the integer part without a leading 0, the fraction without trailing ones, the exponent. */
struct parts {
    bool negative;
    struct json_str whole, fraction, exponent;
};

static struct json_str take_digits(const char **p, const char *end)
{
    struct json_str digits = {*p, 0};

    while (*p < end && **p >= '0' && **p <= '9')
        (*p)++;
    digits.len = (size_t)(*p - digits.s);
    return digits;
}

/* Split ${v}; return whether it is a number as RFC 8259 section 6 has it. */
static bool split_number(struct json_str v, struct parts *n)
{
    const char *p = v.s, *end = v.len > 0 ? v.s + v.len : v.s;

    *n = (struct parts){.negative = p < end && *p == '-'};
    p += n->negative;
    n->whole = take_digits(&p, end);
    if (n->whole.len == 0 || (n->whole.len > 1 && n->whole.s[0] == '0'))
        return false;
    if (n->whole.s[0] == '0')
        n->whole.len = 0;
    if (p < end && *p == '.') {
        p++;
        n->fraction = take_digits(&p, end);
        if (n->fraction.len == 0)
            return false;
        while (n->fraction.len > 0 && n->fraction.s[n->fraction.len - 1] == '0')
            n->fraction.len--;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *sign = ++p;
        p += p < end && (*p == '+' || *p == '-');
        if (take_digits(&p, end).len == 0)
            return false;
        n->exponent = (struct json_str){sign, (size_t)(p - sign)};
    }
    return p == end;
}

/* The exponent, if it is in the range of int32_t. */
static bool exponent_of(struct json_str text, int64_t *exponent)
{
    const char *p = text.s, *end = text.len > 0 ? text.s + text.len : text.s;
    bool negative = text.len > 0 && *p == '-';

    *exponent = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (; p < end; p++) {
        *exponent = *exponent * 10 + (*p - '0');
        if (*exponent > (int64_t)INT32_MAX + negative)
            return false;
    }
    if (negative)
        *exponent = -*exponent;
    return true;
}

static bool add_digits(uint64_t *sum, const char *digits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (__builtin_mul_overflow(*sum, 10, sum) || __builtin_add_overflow(*sum, (uint64_t)(digits[i] - '0'), sum))
            return false;
    }
    return true;
}

/* The absolute value of an integral number. */
static bool magnitude(const struct parts *n, uint64_t *sum)
{
    static const char zeros[INTEGER_DIGITS + 1] = "00000000000000000000";
    int64_t exponent, whole = (int64_t)n->whole.len, fraction = (int64_t)n->fraction.len;

    *sum = 0;
    if (whole == 0 && fraction == 0)
        return true;
    if (!exponent_of(n->exponent, &exponent))
        return false;
    if (exponent >= 0) {
        if (fraction > exponent || whole + exponent > INTEGER_DIGITS)
            return false;
        return add_digits(sum, n->whole.s, n->whole.len) && add_digits(sum, n->fraction.s, n->fraction.len) &&
               add_digits(sum, zeros, (size_t)(exponent - fraction));
    }
    if (fraction > 0 || whole + exponent < 0)
        return false;
    for (int64_t i = whole + exponent; i < whole; i++) {
        if (n->whole.s[i] != '0')
            return false;
    }
    return add_digits(sum, n->whole.s, (size_t)(whole + exponent));
}

bool protojson_number_int(struct json_str v, int64_t min, int64_t max, int64_t *n)
{
    struct parts parts;
    uint64_t sum;

    if (!split_number(v, &parts) || !magnitude(&parts, &sum) || sum > (uint64_t)INT64_MAX + parts.negative)
        return false;
    *n = parts.negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return *n >= min && *n <= max;
}

bool protojson_number_uint(struct json_str v, uint64_t max, uint64_t *n)
{
    struct parts parts;

    return split_number(v, &parts) && magnitude(&parts, n) && *n <= max && (!parts.negative || *n == 0);
}

/* ${v} with a NUL behind it: in ${space}, or in ${a} if it is too long. */
static const char *terminated(struct json_str v, char *space, struct arena *a)
{
    char *copy = v.len < SHORT_TEXT ? space : arena_alloc(a, v.len + 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, v.s, v.len);
    copy[v.len] = '\0';
    return copy;
}

bool protojson_number_double(struct json_str v, struct arena *a, double *d)
{
    char space[SHORT_TEXT];
    const char *text;
    struct parts parts;
    uint64_t sum = 0;

    if (!split_number(v, &parts))
        return false;
    if (parts.whole.len <= DOUBLE_KEPT && parts.fraction.len == 0 && parts.exponent.len == 0) {
        add_digits(&sum, parts.whole.s, parts.whole.len);
        *d = parts.negative ? -(double)sum : (double)sum;
        return true;
    }
    text = terminated(v, space, a);
    if (text == NULL)
        return false;
    pthread_once(&once, make_locale);
    *d = strtod_l(text, NULL, c_locale);
    return isfinite(*d);
}

bool protojson_number_float(struct json_str v, struct arena *a, float *f)
{
    char space[SHORT_TEXT];
    const char *text;
    struct parts parts;

    if (!split_number(v, &parts))
        return false;
    text = terminated(v, space, a);
    if (text == NULL)
        return false;
    pthread_once(&once, make_locale);
    *f = strtof_l(text, NULL, c_locale);
    return isfinite(*f);
}

/*
 * Writing.
 */

/* The value d.ddd... x 10^exponent, with its sign. */
struct decimal {
    bool negative;
    char digits[DOUBLE_DIGITS + 1];
    int len;
    int exponent;
};

/* Round ${d} to ${n} digits.  Whatever the locale puts between the first two of them is passed over. */
static void round_to(double d, int n, struct decimal *x)
{
    char text[SHORT_TEXT];
    const char *p;

    snprintf(text, sizeof(text), "%.*e", n - 1, fabs(d));
    x->negative = signbit(d);
    x->len = 0;
    for (p = text; *p != 'e'; p++) {
        if (*p >= '0' && *p <= '9')
            x->digits[x->len++] = *p;
    }
    x->exponent = (int)strtol(p + 1, NULL, 10);
}

/* The text that strtod reads: 123e-5. */
static void to_text(const struct decimal *x, char *text, size_t size)
{
    snprintf(text, size, "%s%.*se%d", x->negative ? "-" : "", x->len, x->digits, x->exponent - x->len + 1);
}

static bool is_double(const struct decimal *x, double d)
{
    char text[SHORT_TEXT];

    to_text(x, text, sizeof(text));
    return strtod_l(text, NULL, c_locale) == d;
}

static bool is_float(const struct decimal *x, float f)
{
    char text[SHORT_TEXT];

    to_text(x, text, sizeof(text));
    return strtof_l(text, NULL, c_locale) == f;
}

/*
 * Add one to the last digit.  Above a power of two the numbers lie wider apart than below, so the decimal that is not
 * the nearest can still be the one that reads back.
 */
static void round_up(struct decimal *x)
{
    while (x->len > 0 && x->digits[x->len - 1] == '9')
        x->len--;
    if (x->len > 0) {
        x->digits[x->len - 1]++;
        return;
    }
    x->digits[x->len++] = '1';
    x->exponent++;
}

static void put_zeros(struct buf *out, int n)
{
    while (n-- > 0)
        buf_putc(out, '0');
}

static void put_decimal(struct buf *out, struct decimal *x)
{
    int whole = x->exponent + 1; /* digits before the point */

    while (x->len > 1 && x->digits[x->len - 1] == '0')
        x->len--;
    if (x->negative)
        buf_putc(out, '-');
    if (x->exponent < PLAIN_MIN || x->exponent > PLAIN_MAX) {
        buf_putc(out, x->digits[0]);
        if (x->len > 1)
            buf_printf(out, ".%.*s", x->len - 1, x->digits + 1);
        buf_printf(out, "e%+d", x->exponent);
    } else if (whole <= 0) {
        buf_puts(out, "0.");
        put_zeros(out, -whole);
        buf_append(out, x->digits, (size_t)x->len);
    } else {
        buf_append(out, x->digits, (size_t)(x->len < whole ? x->len : whole));
        put_zeros(out, whole - x->len);
        if (x->len > whole)
            buf_printf(out, ".%.*s", x->len - whole, x->digits + whole);
    }
}

void protojson_number_put_double(struct buf *out, double d)
{
    struct decimal x;

    if (d == 0) {
        buf_puts(out, signbit(d) ? "-0" : "0");
        return;
    }
    pthread_once(&once, make_locale);
    for (int n = fabs(d) < DBL_MIN ? 1 : DOUBLE_KEPT; n <= DOUBLE_DIGITS; n++) {
        round_to(d, n, &x);
        if (is_double(&x, d))
            break;
        round_up(&x);
        if (is_double(&x, d))
            break;
    }
    put_decimal(out, &x);
}

void protojson_number_put_float(struct buf *out, float f)
{
    struct decimal x;

    if (f == 0) {
        buf_puts(out, signbit(f) ? "-0" : "0");
        return;
    }
    pthread_once(&once, make_locale);
    for (int n = fabsf(f) < FLT_MIN ? 1 : FLOAT_KEPT; n <= FLOAT_DIGITS; n++) {
        round_to((double)f, n, &x);
        if (is_float(&x, f))
            break;
        round_up(&x);
        if (is_float(&x, f))
            break;
    }
    put_decimal(out, &x);
}
