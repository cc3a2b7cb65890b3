/*
 * answer.h: what is sent back, and the forms that errors have (reference/airbyte-api.md section 3.0.5).
 */
#ifndef MOCK_ANSWER_H
#define MOCK_ANSWER_H

#include "release.h"
#include "text.h"

struct answer {
    unsigned status;
    const char *type;        /* of the body; a constant */
    const char *retry_after; /* NULL: not sent; must outlive the answer */
    const char *location;    /* the same */
    const char *encoding;    /* the same */
    const char *self;        /* path and query of the request, for the bodies that repeat it */
    enum release release;    /* of the server: errors had other forms */
    unsigned long number;    /* of the request, for the ids in the bodies */
    struct text body;
};

/* An empty 200 of JSON from a server of ${release} for request ${number}, whose target is ${self}. */
void answer_init(struct answer *a, enum release release, unsigned long number, const char *self);
void answer_release(struct answer *a);

/* Each of these replaces what was there. */

/* Form F, the framework's. ${message} NULL: the reason phrase. */
void answer_framework(struct answer *a, unsigned status, const char *message);

/* Form P, a problem: 400, 403, 404, 408 and 503 have their own titles, others are unexpected. */
void answer_problem(struct answer *a, unsigned status, const char *message);

/* The same for a ${type} of thing with id ${id}. */
void answer_problem_of(struct answer *a, unsigned status, const char *type, const char *id);

/* Form P, for want of ${entitlement}. */
void answer_unlicensed(struct answer *a, const char *entitlement);

/* Form E, an error id and nothing else; before 2.0 the form K-old, or V-old of 400, which up to 1.5 had 50 KB of stacks. */
void answer_error_id(struct answer *a, unsigned status);

/* Form K, a known exception. */
void answer_known(struct answer *a, unsigned status, const char *message);

/* Form T, text that claims to be JSON. */
void answer_not_found_text(struct answer *a);

/* Form G, the gateway's. */
void answer_gateway(struct answer *a);

/* Form L, load shed. */
void answer_load_shed(struct answer *a);

/* Form H: 200 and the web application. */
void answer_html(struct answer *a);

/* The form that ${status} most likely has when a server or what stands before it is ill. */
void answer_status(struct answer *a, unsigned status);

#endif
