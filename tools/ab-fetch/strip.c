#include "strip.h"

bool strip_needed(const struct endpoint *ep)
{
    return ep->members != NULL;
}

static bool is_allowed(const char *const *members, struct json_str name)
{
    for (; *members != NULL; members++)
        if (json_eq(name, *members))
            return true;
    return false;
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
static void strip_row(struct json *j, const char *const *members, struct buf *out)
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

        if (type == JSON_OBJECT || type == JSON_ARRAY || !is_allowed(members, name)) {
            json_skip(j, NULL);
            continue;
        }
        put_name(out, separator, name);
        json_copy(j, out);
        separator = ",";
    }
    buf_puts(out, *separator == '{' ? "{}" : "}");
}

/* The next value, which should be an array of rows. */
static void strip_rows(struct json *j, const char *const *members, struct buf *out)
{
    const char *separator = "[";

    if (json_peek(j) != JSON_ARRAY) {
        put_null(j, out);
        return;
    }
    json_array(j);
    while (json_element(j)) {
        buf_puts(out, separator);
        strip_row(j, members, out);
        separator = ",";
    }
    buf_puts(out, *separator == '[' ? "[]" : "]");
}

/* The next value, which should be an object with the rows in one member. */
static void strip_object(struct json *j, const struct endpoint *ep, struct buf *out)
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

        if (!is_rows && (ep->next == NULL || !json_eq(name, ep->next) || json_peek(j) != JSON_STRING)) {
            json_skip(j, NULL);
            continue;
        }
        put_name(out, separator, name);
        if (is_rows)
            strip_rows(j, ep->members, out);
        else
            json_copy(j, out);
        separator = ",";
    }
    buf_puts(out, *separator == '{' ? "{}" : "}");
}

int strip_answer(const struct endpoint *ep, const char *body, size_t len, struct buf *out, struct err *e)
{
    struct err cause = {0};
    struct json j;
    int r;

    json_init(&j, NULL);
    json_begin(&j, body, len, 0);
    if (ep->rows == NULL)
        strip_row(&j, ep->members, out);
    else if (*ep->rows == '\0')
        strip_rows(&j, ep->members, out);
    else
        strip_object(&j, ep, out);
    r = json_end(&j, &cause);
    json_release(&j);
    if (r < 0)
        return err_set(e, cause.status == EX_OSERR ? EX_OSERR : EX_PROTOCOL, "%s", cause.msg);
    return out->failed ? err_set(e, EX_OSERR, "no memory for an answer") : 0;
}
