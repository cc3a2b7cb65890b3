#include "strip.h"

#include <string.h>

/* The longest name of an object that may pass. */
#define WITHIN_MAX 64

struct allowed;

static void strip_object_member(struct json *j, const struct allowed *a, struct json_str name, struct buf *out);

bool strip_needed(const struct endpoint *ep)
{
    return ep->members != NULL;
}

/* What of a row may pass: two lists of endpoint.c, the second perhaps NULL; below the member ${within}, or NULL. */
struct allowed {
    const char *const *lists[2];
    const char *within;
};

/* Whether ${path} of an allowed member is ${name}, below what ${within} names. ${*object}: it is the beginning of one. */
static bool is_path(const char *path, const char *within, struct json_str name, bool *object)
{
    size_t above = within != NULL ? strlen(within) : 0;

    *object = false;
    if (within != NULL) {
        if (strncmp(path, within, above) != 0 || path[above] != '.')
            return false;
        path += above + 1;
    }
    if (strncmp(path, name.s, name.len) != 0)
        return false;
    *object = path[name.len] == '.';
    return path[name.len] == '\0' || *object;
}

/* The path whose beginning or whole is the member ${name}; NULL if it must not pass. */
static const char *find_allowed(const struct allowed *a, struct json_str name, bool *object)
{
    for (int i = 0; i < 2; i++)
        for (const char *const *m = a->lists[i]; m != NULL && *m != NULL; m++)
            if (is_path(*m, a->within, name, object))
                return *m;
    return NULL;
}

static void put_name(struct buf *out, const char *separator, struct json_str name)
{
    buf_puts(out, separator);
    json_put_string(out, name.s, name.len);
    buf_putc(out, ':');
}

static void put_null(struct json *j, struct buf *out)
{
    json_skip(j, NULL);
    buf_puts(out, "null");
}

/* The next value, which should be an object: those members that may pass. */
static void strip_row(struct json *j, const struct allowed *a, struct buf *out)
{
    const char *separator = "{";
    struct json_str name;

    if (json_peek(j) != JSON_OBJECT) {
        put_null(j, out);
        return;
    }
    json_object(j);
    while (json_member(j, &name)) {
        enum json_type type = json_peek(j);
        bool object, is_object = type == JSON_OBJECT;
        const char *path = find_allowed(a, name, &object);

        if (path == NULL || type == JSON_ARRAY || is_object != object) {
            json_skip(j, NULL);
            continue;
        }
        put_name(out, separator, name);
        separator = ",";
        if (object)
            strip_object_member(j, a, name, out);
        else
            json_copy(j, out);
    }
    buf_puts(out, *separator == '{' ? "{}" : "}");
}

/* An object in a row, the member ${name}: those of its members that may pass. */
static void strip_object_member(struct json *j, const struct allowed *a, struct json_str name, struct buf *out)
{
    char within[WITHIN_MAX + 1];
    struct allowed below = {.lists = {a->lists[0], a->lists[1]}, .within = within};

    if (a->within != NULL || name.len > WITHIN_MAX) { /* no list of ours is deeper */
        put_null(j, out);
        return;
    }
    memcpy(within, name.s, name.len);
    within[name.len] = '\0';
    strip_row(j, &below, out);
}

/* The next value, which should be an array of rows. */
static void strip_rows(struct json *j, const struct allowed *a, struct buf *out)
{
    const char *separator = "[";

    if (json_peek(j) != JSON_ARRAY) {
        put_null(j, out);
        return;
    }
    json_array(j);
    while (json_element(j)) {
        buf_puts(out, separator);
        strip_row(j, a, out);
        separator = ",";
    }
    buf_puts(out, *separator == '[' ? "[]" : "]");
}

/* What is said of another page: a string or null.  Of anything else there is to be seen that it is neither. */
static void strip_next(struct json *j, struct buf *out)
{
    enum json_type type = json_peek(j);

    if (type == JSON_STRING || type == JSON_NULL) {
        json_copy(j, out);
        return;
    }
    json_skip(j, NULL);
    buf_puts(out, "false");
}

/* The next value, which should be an object with the rows in one member. */
static void strip_object(struct json *j, const struct endpoint *ep, const struct allowed *a, struct buf *out)
{
    const char *separator = "{";
    struct json_str name;

    if (json_peek(j) != JSON_OBJECT) {
        put_null(j, out);
        return;
    }
    json_object(j);
    while (json_member(j, &name)) {
        bool is_rows = json_eq(name, ep->rows);

        if (!is_rows && (ep->next == NULL || !json_eq(name, ep->next))) {
            json_skip(j, NULL);
            continue;
        }
        put_name(out, separator, name);
        if (is_rows)
            strip_rows(j, a, out);
        else
            strip_next(j, out);
        separator = ",";
    }
    buf_puts(out, *separator == '{' ? "{}" : "}");
}

int strip_answer(const struct endpoint *ep, bool more, const char *body, size_t len, struct buf *out, struct err *e)
{
    const struct allowed a = {.lists = {ep->members, more ? ep->more : NULL}};
    struct err cause = {0};
    struct json j;
    int r;

    json_init(&j, NULL);
    json_begin(&j, body, len, 0);
    if (ep->rows == NULL)
        strip_row(&j, &a, out);
    else if (*ep->rows == '\0')
        strip_rows(&j, &a, out);
    else
        strip_object(&j, ep, &a, out);
    r = json_end(&j, &cause);
    json_release(&j);
    if (r < 0)
        return err_set(e, cause.status == EX_OSERR ? EX_OSERR : EX_PROTOCOL, "%s", cause.msg);
    return out->failed ? err_set(e, EX_OSERR, "no memory for an answer") : 0;
}
