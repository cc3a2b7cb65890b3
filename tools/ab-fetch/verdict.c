#include "verdict.h"

#include <stddef.h>
#include <sysexits.h>

#define NOT_JSON "the answer is not JSON, so this is not the Airbyte API: is the base URL wrong?"
#define NOT_WHOLE "only 200 says that an answer is whole: does something in between change it?"
#define NOT_AIRBYTE "this is not Airbyte's answer: should it be https, or is a login page in front?"
#define UNKNOWN_CALL "the server does not know this call: is it too old, or the base URL wrong?"

/* What a row asks of one side of a case. */
enum want { ANY, YES, NO };

#define JSON (1u << BODY_JSON)
#define EMPTY (1u << BODY_EMPTY)
#define FOREIGN (1u << BODY_FOREIGN)
#define EVERY (JSON | EMPTY | FOREIGN)

#define PENDING (1u << PROOF_PENDING)
#define SERVER (1u << PROOF_SERVER)
#define UNPROVEN (1u << PROOF_NONE | PENDING)
#define PROVEN (SERVER | 1u << PROOF_TOKEN)
#define ANYHOW (UNPROVEN | PROVEN)

/* The first row that fits decides. */
static const struct {
    int from, to;
    unsigned bodies;
    enum want told, renewed;
    unsigned proof;
    struct verdict verdict;
} table[] = {
    {200, 200, JSON, ANY, ANY, ANYHOW, {.kind = VERDICT_TAKEN}},
    {200, 200, EVERY, ANY, ANY, PROVEN, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_STRAY, EX_PROTOCOL, NOT_JSON}},
    {200, 200, EVERY, ANY, ANY, UNPROVEN, {.kind = VERDICT_BROKEN, .exit_status = EX_PROTOCOL, .hint = NOT_JSON}},
    /* Airbyte has no other success: half of a list (206) or the promise of one (202) must not pass for all of it. */
    {201, 299, EVERY, ANY, ANY, PROVEN, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_STRAY, EX_PROTOCOL, NOT_WHOLE}},
    {201, 299, EVERY, ANY, ANY, UNPROVEN, {.kind = VERDICT_BROKEN, .exit_status = EX_PROTOCOL, .hint = NOT_WHOLE}},
    {304, 304, EVERY, ANY, ANY, ANYHOW, {.kind = VERDICT_BROKEN, .exit_status = EX_PROTOCOL, .hint = ""}},
    {300, 399, EVERY, ANY, ANY, ANYHOW,
        {.kind = VERDICT_BROKEN,
            .exit_status = EX_PROTOCOL,
            .hint = "redirects are not followed: is the base URL wrong?"}},
    {400, 400, FOREIGN, ANY, ANY, PROVEN, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_STRAY, EX_PROTOCOL, NOT_AIRBYTE}},
    {400, 400, FOREIGN, ANY, ANY, UNPROVEN, {.kind = VERDICT_BROKEN, .exit_status = EX_PROTOCOL, .hint = NOT_AIRBYTE}},
    /* Which of the first answers of a run comes first must not decide what this one means. */
    {401, 401, FOREIGN, ANY, ANY, PENDING, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_DOUBT, EX_PROTOCOL, NOT_AIRBYTE}},
    {403, 403, FOREIGN, ANY, ANY, PENDING, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_DOUBT, EX_PROTOCOL, NOT_AIRBYTE}},
    {401, 401, FOREIGN, ANY, ANY, SERVER, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_STRAY, EX_PROTOCOL, NOT_AIRBYTE}},
    {401, 401, FOREIGN, ANY, ANY, UNPROVEN, {.kind = VERDICT_BROKEN, .exit_status = EX_PROTOCOL, .hint = NOT_AIRBYTE}},
    /* A proxy may refuse single paths for good, in its own words (reference airbyte-api.md section 3.0.5, form H). */
    {403, 403, FOREIGN, ANY, ANY, PROVEN, {VERDICT_AGAIN, VERDICT_REFUSED, CAUSE_STRAY, EX_NOPERM, ""}},
    {403, 403, FOREIGN, ANY, ANY, UNPROVEN, {.kind = VERDICT_BROKEN, .exit_status = EX_PROTOCOL, .hint = NOT_AIRBYTE}},
    /* A gateway may be what refuses a token that has ended, and has words of its own for it. */
    {401, 401, EVERY, ANY, NO, ANYHOW, {.kind = VERDICT_RENEW, .exit_status = EX_NOPERM, .hint = ""}},
    {401, 401, EVERY, ANY, YES, ANYHOW,
        {.kind = VERDICT_REFUSED, .exit_status = EX_NOPERM, .hint = "a new token was refused like the one before"}},
    {403, 403, EVERY, ANY, ANY, ANYHOW, {.kind = VERDICT_REFUSED, .exit_status = EX_NOPERM, .hint = ""}},
    {404, 404, EVERY, ANY, ANY, PROVEN, {VERDICT_AGAIN, VERDICT_REFUSED, CAUSE_STRAY, EX_PROTOCOL, UNKNOWN_CALL}},
    {404, 405, EVERY, ANY, ANY, ANYHOW, {.kind = VERDICT_REFUSED, .exit_status = EX_PROTOCOL, .hint = UNKNOWN_CALL}},
    {408, 408, EVERY, YES, ANY, ANYHOW, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_TOLD, EX_UNAVAILABLE, ""}},
    {408, 408, EVERY, NO, ANY, ANYHOW, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_SERVER, EX_UNAVAILABLE, ""}},
    {429, 429, EVERY, YES, ANY, ANYHOW, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_TOLD, EX_TEMPFAIL, ""}},
    {429, 429, EVERY, NO, ANY, ANYHOW, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_BUSY, EX_TEMPFAIL, ""}},
    {501, 501, EVERY, ANY, ANY, ANYHOW, {.kind = VERDICT_REFUSED, .exit_status = EX_PROTOCOL, .hint = UNKNOWN_CALL}},
    {505, 505, EVERY, ANY, ANY, ANYHOW, {.kind = VERDICT_BROKEN, .exit_status = EX_PROTOCOL, .hint = ""}},
    {500, 599, EVERY, YES, ANY, ANYHOW, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_TOLD, EX_UNAVAILABLE, ""}},
    {500, 599, EVERY, NO, ANY, ANYHOW, {VERDICT_AGAIN, VERDICT_BROKEN, CAUSE_SERVER, EX_UNAVAILABLE, ""}},
};

static const struct verdict otherwise = {.kind = VERDICT_BROKEN, .exit_status = EX_PROTOCOL, .hint = ""};

static const struct retry_policy policies[CAUSE_COUNT] = {
    [CAUSE_NETWORK] = {.attempts = 5, .base_ms = 500, .max_ms = 8000, .total_ms = 300000},
    [CAUSE_MALFORMED] = {.attempts = 5, .base_ms = 500, .max_ms = 8000, .total_ms = 30000},
    [CAUSE_SERVER] = {.attempts = 5, .base_ms = 500, .max_ms = 8000, .total_ms = 30000},
    [CAUSE_BUSY] = {.attempts = 4, .base_ms = 5000, .max_ms = 120000, .total_ms = 160000},
    [CAUSE_TOLD] = {.attempts = 5, .base_ms = 500, .max_ms = 8000, .total_ms = 120000},
    [CAUSE_DOUBT] = {.attempts = 5, .base_ms = 500, .max_ms = 8000, .total_ms = 30000},
    [CAUSE_STRAY] = {.attempts = 2, .base_ms = 500, .max_ms = 500, .total_ms = 30000},
};

static bool fits(enum want want, bool is)
{
    return want == ANY || (want == YES) == is;
}

struct verdict verdict_of(const struct verdict_case *c)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (c->status >= table[i].from && c->status <= table[i].to && (table[i].bodies & (1u << c->body)) != 0 &&
            fits(table[i].told, c->told) && fits(table[i].renewed, c->renewed) &&
            (table[i].proof & (1u << c->proof)) != 0)
            return table[i].verdict;
    return otherwise;
}

const struct retry_policy *verdict_policy(enum cause cause)
{
    return &policies[cause];
}

/*
 * Operators can switch one user's traffic off, until they switch it on (reference airbyte-api.md section 6): so these are
 * few and long.
 */
int64_t verdict_busy_wait(unsigned attempt)
{
    static const int64_t waits_ms[] = {5000, 30000, 120000};

    return attempt >= 1 && attempt <= sizeof(waits_ms) / sizeof(waits_ms[0]) ? waits_ms[attempt - 1] : -1;
}
