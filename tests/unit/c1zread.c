/*
 * c1zread.h: times of files, and the sorted order of records.
 */
#include "c1zread.h"

#include <string.h>

#include "tap.h"

/* ${want} is NULL for what is no time. */
static const struct {
    const char *text, *want;
} times[] = {
    {"2025-12-17 16:31:25.057185", "2025-12-17T16:31:25.057185Z"},
    {"2026-03-03 09:45:13", "2026-03-03T09:45:13Z"},
    {"2026-03-03T09:45:13Z", "2026-03-03T09:45:13Z"},
    {"2026-03-03 09:45:13.5+05:30", "2026-03-03T04:15:13.5Z"},
    {"2026-03-03 09:45:13-0800", "2026-03-03T17:45:13Z"},
    {"2024-02-29 00:00:00", "2024-02-29T00:00:00Z"},
    {"2026-12-31 23:30:00-01:00", "2027-01-01T00:30:00Z"},
    {"0001-01-01 00:00:00", "0001-01-01T00:00:00Z"},
    {"9999-12-31 23:59:59.999999999", "9999-12-31T23:59:59.999999999Z"},
    {"2026-03-03 09:45:13.12345678901", "2026-03-03T09:45:13.123456789Z"},
    {"2026-03-03", "2026-03-03T00:00:00Z"},
    {"2026-03-03+02:00", "2026-03-02T22:00:00Z"},
    {"", NULL},
    {"2026", NULL},
    {"2026-3-03", NULL},
    {"2026-13-01", NULL},
    {"2025-02-29", NULL},
    {"2026-03-03 ", NULL},
    {"2026-03-03 9:45:13", NULL},
    {"2026-03-03 09:60:00", NULL},
    {"2026-03-03 09:45:13.", NULL},
    {"2026-03-03 09:45:13 +0000 UTC", NULL},
    {"2026-03-03 09:45:13+24:00", NULL},
    {"0000-01-01", NULL},
    {"9999-12-31 23:59:59-00:01", NULL},
    {" 2026-03-03", NULL},
};

/* Entitlements, by type and id of what they are on, and their own id, each before the next. */
static const struct {
    const char *type, *on, *id;
} entitlements[] = {
    {"a", "r", "z"},
    {"g", "a", "g:a"},
    {"g", "a", "g:a;x"},
    {"g", "a", "z"},
    {"g", "a", "g:a:"},
    {"g", "a", "g:a:member"},
    {"g", "a.b", "g:a.b:member"},
    {"g", "b", "g:a:member"},
    {"g", "\xc3\xa9", "x"},
    {"ga", "", "x"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct json_str text(const char *s)
{
    return (struct json_str){s, strlen(s)};
}

static struct c1zread_row entitlement(size_t i)
{
    return (struct c1zread_row){
        .id = text(entitlements[i].id), .on = {text(entitlements[i].type), text(entitlements[i].on)}};
}

/* A grant of ${entitlement} on a to ${type} ${principal}. */
static struct c1zread_row grant(const char *entitlement, const char *type, const char *principal, const char *id)
{
    return (struct c1zread_row){.id = text(id),
        .on = {text("g"), text("a")},
        .entitlement = text(entitlement),
        .principal = {text(type), text(principal)}};
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void test_times(void)
{
    char to[C1ZREAD_TIME_SIZE];

    for (size_t i = 0; i < COUNT(times); i++) {
        bool is = c1zread_time(times[i].text, to);

        tap_ok(times[i].want == NULL ? !is : is && strcmp(to, times[i].want) == 0, times[i].text);
    }
}

static void test_entitlements(void)
{
    for (size_t i = 0; i < COUNT(entitlements); i++)
        for (size_t k = 0; k < COUNT(entitlements); k++) {
            struct c1zread_row a = entitlement(i), b = entitlement(k);

            tap_ok(sign(c1zread_compare(KIND_ENTITLEMENT, &a, &b)) == (i > k) - (i < k), "order of entitlements");
        }
}

static void test_grants(void)
{
    struct c1zread_row a = grant("g:a:x", "user", "u1", "1"), b = grant("g:a:x", "user", "u2", "0");
    struct c1zread_row odd = grant("z", "user", "u3", "3"), twice = grant("g:a:x", "user", "u1", "2");

    tap_ok(c1zread_compare(KIND_GRANT, &a, &b) < 0, "grants by principal before id");
    tap_ok(c1zread_compare(KIND_GRANT, &odd, &a) < 0, "grants of an entitlement by no convention first");
    tap_ok(c1zread_compare(KIND_GRANT, &a, &twice) < 0, "grants of one pair by id");
    tap_ok(c1zread_compare_held(&a, &twice) == 0, "who holds what, whatever the ids");
    tap_ok(c1zread_compare_held(&a, &b) < 0 && c1zread_compare_held(&b, &a) > 0, "who holds what, in order");
    tap_ok(c1zread_compare(KIND_GRANT, &a, &a) == 0, "a grant and itself");
}

static void test_convention(void)
{
    struct c1zread_ref on = {text("g"), text("a:b")}, none = {text(""), text("")};

    tap_ok(c1zread_convention(&on, text("g:a:b:member")) == 6, "an id by the convention");
    tap_ok(c1zread_convention(&on, text("g:a:b:")) == 6, "with nothing behind");
    tap_ok(c1zread_convention(&on, text("g:a:b")) == 0, "without the last colon");
    tap_ok(c1zread_convention(&on, text("g:a:c:member")) == 0, "of another resource");
    tap_ok(c1zread_convention(&on, text("")) == 0, "an empty id");
    tap_ok(c1zread_convention(&none, text("::x")) == 2, "of an empty resource");
}

int main(void)
{
    test_times();
    test_entitlements();
    test_grants();
    test_convention();
    return tap_done();
}
