/*
 * response.h: what is sent back, and the forms that errors have (reference/airbyte-api.md section 3.0.5).
 */
#ifndef MOCK_RESPONSE_H
#define MOCK_RESPONSE_H

#include "piece.h"
#include "release.h"

struct response {
    unsigned status;
    const char *type;        /* of the body; a constant */
    const char *retry_after; /* NULL: not sent; must outlive the answer */
    const char *location;    /* the same */
    const char *encoding;    /* the same */
    const char *self;        /* path and query of the request, for the bodies that repeat it */
    enum release release;    /* of the server: errors had other forms */
    unsigned long number;    /* of the request, for the ids in the bodies */
    struct piece body;
};

/* An empty 200 of JSON from a server of ${release} for request ${number}, whose target is ${self}. */
void response_init(struct response *a, enum release release, unsigned long number, const char *self);
void response_release(struct response *a);

/* Each of these replaces what was there. */

/* Form F, the framework's. ${message} NULL: the reason phrase. */
void response_framework(struct response *a, unsigned status, const char *message);

/* Form P, a problem: 400, 403, 404, 408 and 503 have their own titles, others are unexpected. */
void response_problem(struct response *a, unsigned status, const char *message);

/* The same for a ${type} of thing with id ${id}. */
void response_problem_of(struct response *a, unsigned status, const char *type, const char *id);

/* Form P, for want of ${entitlement}. */
void response_unlicensed(struct response *a, const char *entitlement);

/* Form E, an error id and nothing else; before 2.0 the form K-old, or V-old of 400, which up to 1.5 had 50 KB of stacks. */
void response_error_id(struct response *a, unsigned status);

/* Form K, a known exception. */
void response_known(struct response *a, unsigned status, const char *message);

/* Form T, text that claims to be JSON. */
void response_not_found_text(struct response *a);

/* Form G, the gateway's. */
void response_gateway(struct response *a);

/* Form L, load shed. */
void response_load_shed(struct response *a);

/* Form H: 200 and the web application. */
void response_html(struct response *a);

/* The form that ${status} most likely has when a server or what stands before it is ill. */
void response_status(struct response *a, unsigned status);

#endif
