/*
 * What the end of a try means: the policy of verdict.c, as data.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "ab-fetch/verdict.h"
#include "tap.h"

#define TOLD 1
#define RENEWED 2
#define PENDING 4
#define PROVEN 8
#define ACCEPTED 16

static const struct {
    int status;
    enum verdict_body body;
    int facts;
    enum verdict_kind kind, then;
    enum cause cause;
    int exit_status;
    const char *hint; /* a part of it; NULL: none */
} cases[] = {
    {200, BODY_JSON, 0, VERDICT_TAKEN, 0, 0, 0, NULL},
    {200, BODY_FOREIGN, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, "base URL"},
    {200, BODY_EMPTY, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, "base URL"},
    {200, BODY_FOREIGN, PROVEN, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_STRAY, EX_PROTOCOL, "base URL"},
    {202, BODY_JSON, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, "whole"},
    {204, BODY_EMPTY, PROVEN, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_STRAY, EX_PROTOCOL, "whole"},
    {206, BODY_JSON, PROVEN, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_STRAY, EX_PROTOCOL, "whole"},
    {301, BODY_EMPTY, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, "redirects are not followed"},
    {304, BODY_EMPTY, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, NULL},
    {308, BODY_FOREIGN, PROVEN, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, "redirects are not followed"},
    {400, BODY_JSON, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, NULL},
    {400, BODY_FOREIGN, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, "login page"},
    {401, BODY_JSON, 0, VERDICT_RENEW, 0, 0, EX_NOPERM, NULL},
    {401, BODY_EMPTY, PROVEN, VERDICT_RENEW, 0, 0, EX_NOPERM, NULL},
    {401, BODY_JSON, RENEWED, VERDICT_REFUSED, 0, 0, EX_NOPERM, "new token was refused"},
    {401, BODY_FOREIGN, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, "login page"},
    {401, BODY_FOREIGN, PROVEN, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_STRAY, EX_PROTOCOL, "login page"},
    {401, BODY_FOREIGN, ACCEPTED, VERDICT_RENEW, 0, 0, EX_NOPERM, NULL},
    {401, BODY_FOREIGN, ACCEPTED | RENEWED, VERDICT_REFUSED, 0, 0, EX_NOPERM, "new token was refused"},
    {400, BODY_FOREIGN, ACCEPTED, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_STRAY, EX_PROTOCOL, "login page"},
    {401, BODY_FOREIGN, PENDING, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_DOUBT, EX_PROTOCOL, "login page"},
    {401, BODY_JSON, PENDING, VERDICT_RENEW, 0, 0, EX_NOPERM, NULL},
    {402, BODY_JSON, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, NULL},
    {403, BODY_JSON, 0, VERDICT_REFUSED, 0, 0, EX_NOPERM, NULL},
    {403, BODY_EMPTY, 0, VERDICT_REFUSED, 0, 0, EX_NOPERM, NULL},
    {403, BODY_FOREIGN, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, "should it be https"},
    {403, BODY_FOREIGN, PROVEN, VERDICT_AGAIN, VERDICT_REFUSED, CAUSE_STRAY, EX_NOPERM, NULL},
    {403, BODY_FOREIGN, PENDING, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_DOUBT, EX_PROTOCOL, "login page"},
    {403, BODY_FOREIGN, ACCEPTED, VERDICT_AGAIN, VERDICT_REFUSED, CAUSE_STRAY, EX_NOPERM, NULL},
    {403, BODY_JSON, PENDING, VERDICT_REFUSED, 0, 0, EX_NOPERM, NULL},
    {404, BODY_JSON, PENDING, VERDICT_REFUSED, 0, 0, EX_PROTOCOL, "does not know this call"},
    {404, BODY_JSON, 0, VERDICT_REFUSED, 0, 0, EX_PROTOCOL, "does not know this call"},
    {404, BODY_FOREIGN, 0, VERDICT_REFUSED, 0, 0, EX_PROTOCOL, "does not know this call"},
    {404, BODY_JSON, PROVEN, VERDICT_AGAIN, VERDICT_REFUSED, CAUSE_STRAY, EX_PROTOCOL, "does not know this call"},
    {405, BODY_JSON, PROVEN, VERDICT_REFUSED, 0, 0, EX_PROTOCOL, "does not know this call"},
    {408, BODY_JSON, 0, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_SERVER, EX_UNAVAILABLE, NULL},
    {409, BODY_JSON, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, NULL},
    {422, BODY_JSON, PROVEN, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, NULL},
    {429, BODY_JSON, 0, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_BUSY, EX_TEMPFAIL, NULL},
    {429, BODY_EMPTY, TOLD, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_TOLD, EX_TEMPFAIL, NULL},
    {500, BODY_JSON, 0, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_SERVER, EX_UNAVAILABLE, NULL},
    {501, BODY_JSON, PROVEN, VERDICT_REFUSED, 0, 0, EX_PROTOCOL, "does not know this call"},
    {502, BODY_FOREIGN, 0, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_SERVER, EX_UNAVAILABLE, NULL},
    {503, BODY_FOREIGN, TOLD, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_TOLD, EX_UNAVAILABLE, NULL},
    {505, BODY_JSON, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, NULL},
    {599, BODY_EMPTY, 0, VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_SERVER, EX_UNAVAILABLE, NULL},
    {600, BODY_EMPTY, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, NULL},
    {100, BODY_JSON, 0, VERDICT_BROKEN, 0, 0, EX_PROTOCOL, NULL},
};

static bool hints(const char *hint, const char *part)
{
    if (part == NULL)
        return hint == NULL || *hint == '\0';
    return hint != NULL && strstr(hint, part) != NULL;
}

static enum verdict_proof proof_of(int facts)
{
    if ((facts & ACCEPTED) != 0)
        return PROOF_TOKEN;
    if ((facts & PROVEN) != 0)
        return PROOF_SERVER;
    return (facts & PENDING) != 0 ? PROOF_PENDING : PROOF_NONE;
}

static void check_case(size_t i)
{
    const struct verdict_case it = {
        .status = cases[i].status,
        .body = cases[i].body,
        .told = (cases[i].facts & TOLD) != 0,
        .renewed = (cases[i].facts & RENEWED) != 0,
        .proof = proof_of(cases[i].facts),
    };
    struct verdict v = verdict_of(&it);
    bool same = v.kind == cases[i].kind && v.exit_status == cases[i].exit_status && hints(v.hint, cases[i].hint);
    char what[64];

    if (v.kind == VERDICT_AGAIN)
        same = same && v.then == cases[i].then && v.cause == cases[i].cause;
    snprintf(what, sizeof(what), "status %d, body %d, facts %d", it.status, (int)it.body, cases[i].facts);
    tap_ok(same, what);
}

/* Every cause has bounds, and so no call is tried for ever. */
static void check_policies(void)
{
    bool bounded = true;

    for (enum cause c = 0; c < CAUSE_COUNT; c++) {
        const struct retry_policy *p = verdict_policy(c);

        bounded = bounded && p->attempts >= 2 && p->attempts <= 5 && p->total_ms > 0 && p->total_ms <= 300000;
    }
    tap_ok(bounded, "every cause has bounds");
    tap_ok(verdict_busy_wait(1) == 5000 && verdict_busy_wait(2) == 30000 && verdict_busy_wait(3) == 120000 &&
               verdict_busy_wait(4) == -1 && verdict_busy_wait(0) == -1,
        "a 429 without Retry-After is tried three times more, after 5, 30 and 120 s");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(i);
    check_policies();
    return tap_done();
}
