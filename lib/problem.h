/*
 * problem.h: what an error answer of an Airbyte server says, in any of its forms (reference airbyte-api.md section
 * 3.0.5), and whether the server is one.
 */
#ifndef AB_PROBLEM_H
#define AB_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "http.h"

enum problem_form {
    PROBLEM_EMPTY,   /* no body: servers and gateways both answer so */
    PROBLEM_API,     /* an object with a member that the API's error answers have */
    PROBLEM_FOREIGN, /* something else: a page of HTML, text, JSON of another service */
};

/* Room for as many of the server's words as a message shows. */
#define PROBLEM_TEXT 304

/**
 * problem_read(h, text, size):
 * Read an error answer.  ${text} gets the server's own words, the first of data.message, detail, message,
 * _embedded.errors[0].message and errorId; else what its status means.  A message that says no more than the status
 * gives way to an embedded one.  They are at most ${size} bytes with the NUL, cut at a character, and replaced as a whole
 * if they share something with a secret (guard.h).  Return the form.
 */
enum problem_form problem_read(const struct http *h, char *text, size_t size);

/* Whether it says that a licence for what was asked is missing (reference airbyte-api.md section 3.0.5, type error:license/entitlement). */
bool problem_is_licence(const struct http *h);

#endif
