/*
 * verdict.h: what the end of a try means.  Pure: the table in verdict.c is the policy, and its tests are data
 * (tests/unit/ab-fetch/verdict.c).
 *
 * No network here: a try without an answer is CAUSE_NETWORK, and an answer that turns out to be no JSON text when it is
 * read CAUSE_MALFORMED, both to be tried again.
 */
#ifndef AB_FETCH_VERDICT_H
#define AB_FETCH_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "retry.h"

enum verdict_kind {
    VERDICT_TAKEN,   /* read it */
    VERDICT_AGAIN,   /* try again, as the cause allows; when no try is left, what ${then} says */
    VERDICT_RENEW,   /* try again at once, with another token */
    VERDICT_REFUSED, /* the server will not answer this call: its owner decides what that means */
    VERDICT_BROKEN,  /* this is the end */
};

/* Why a try is repeated: each cause has its own bounds (verdict_policy). */
enum cause {
    CAUSE_NETWORK,
    CAUSE_MALFORMED,
    CAUSE_SERVER,
    CAUSE_BUSY,
    CAUSE_TOLD,
    CAUSE_DOUBT,
    CAUSE_STRAY,
    CAUSE_COUNT
};

/* What the body of an answer is. */
enum verdict_body {
    BODY_JSON,    /* JSON; of an error, in one of the forms that Airbyte has */
    BODY_EMPTY,   /* nothing */
    BODY_FOREIGN, /* anything else: not what Airbyte sends */
};

/* What the run has shown of the server before: each includes the one above. */
enum verdict_proof {
    PROOF_NONE,    /* nothing */
    PROOF_PENDING, /* nothing yet, but other calls are under way that may */
    PROOF_SERVER,  /* a call was answered as Airbyte does, well or with 403: the base URL is right */
    PROOF_TOKEN,   /* one that needs a token was, so that a 401 is about the token, in whosever words */
};

/*
 * The end of a try.
 *   status   of HTTP
 *   told     it came with a Retry-After
 *   body     what it holds
 *   renewed  it was made with a token got for the very purpose, after a 401
 *   proof    what earlier calls have shown
 */
struct verdict_case {
    int status;
    bool told;
    enum verdict_body body;
    bool renewed;
    enum verdict_proof proof;
};

/* ${exit_status} and ${hint} (perhaps empty) are for the end, when it comes to that. */
struct verdict {
    enum verdict_kind kind, then;
    enum cause cause;
    int exit_status;
    const char *hint;
};

struct verdict verdict_of(const struct verdict_case *c);

/* How often and how long a try is repeated for that cause. */
const struct retry_policy *verdict_policy(enum cause cause);

/* How long to wait after try number ${attempt} that was refused for being one too many, without a word for how long: -1 for no more. */
int64_t verdict_busy_wait(unsigned attempt);

#endif
