#include "refusal.h"

/* What would help against a 403: the role. */
static void put_role(struct buf *out, const struct call *c)
{
    static const char also[] = "self-managed servers also answer 403 where a call is missing";

    if (c->ep->role == NULL) {
        buf_printf(out, "any valid token will do for it, so something else refuses (%s)", also);
        return;
    }
    buf_puts(out, "it needs ");
    endpoint_role(out, c->ep, &c->scope);
    buf_printf(out, " (%s)", also);
}

int refusal_error(const struct call *c, struct err *e)
{
    const struct refusal *why = &c->refusal;
    struct err error = {0};
    struct buf hint;

    buf_init(&hint, 8192);
    if (why->http_status == 403)
        put_role(&hint, c);
    else
        buf_puts(&hint, why->hint);
    if (buf_cstr(&hint) == NULL)
        err_set(&error, EX_OSERR, "no memory for a message");
    else
        err_set(&error, why->exit_status, "HTTP status %d: %s%s%s", why->http_status, why->text,
            hint.len > 0 ? "; " : "", hint.data);
    buf_release(&hint);
    call_context(c, &error);
    return err_set(e, error.status, "%s", error.msg);
}
