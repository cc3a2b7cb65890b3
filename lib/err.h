/*
 * err.h: one failure, carried up from where it was first seen to main, which prints it and exits with its status.
 */
#ifndef AB_ERR_H
#define AB_ERR_H

#include <stdint.h>
#include <sysexits.h>

/* The two statuses outside the range of sysexits (docs/DESIGN.md, exit statuses). */
enum { AB_EX_INCOMPLETE = 3, AB_EX_SHRUNK = 4 };

/* What a failure may be about, for programs that read logs: a name and a text, or a number where ${text} is empty. */
#define ERR_FIELDS_MAX 6
struct err_field {
    const char *key; /* a literal */
    int64_t number;
    char text[160];
};

/*
 * A failure.  ${status} is the exit status it means (EX_* or AB_EX_*), 0 while there is none.  ${msg} is one line of
 * text without a full stop; it may hold bytes from outside, which log.h escapes when it is printed.  It never holds a
 * token, a secret or a response body.  The ${n_fields} fields repeat what ${msg} says, each by itself.
 */
struct err {
    int status;
    char msg[1024];
    unsigned n_fields;
    struct err_field fields[ERR_FIELDS_MAX];
};

/**
 * err_set(e, status, fmt, ...):
 * Record a failure in ${e} unless it holds one already (the first cause is the one to report).  Always return -1, so
 * that a caller can write "return err_set(...)".  A text too long for ${e}->msg is cut.  Here and below ${e} may be NULL,
 * for a caller that only wants to know whether there was one.
 */
int err_set(struct err *e, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * err_sys(e, status, fmt, ...):
 * As err_set, with ": " and strerror(errno) behind the text.  Call it only when a system call has just failed.
 */
int err_sys(struct err *e, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * err_open(e, name):
 * As err_sys, for an open of ${name} to read it: EX_NOINPUT if it is not there or may not be read, else EX_IOERR.
 */
int err_open(struct err *e, const char *name);

/**
 * err_take(e, from):
 * As err_set, with status, text and fields of ${from}.
 */
int err_take(struct err *e, const struct err *from);

/**
 * err_context(e, fmt, ...):
 * Put the text and ": " before the message that ${e} holds.  Always return -1.
 */
int err_context(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * err_field(e, key, text), err_field_number(e, key, number):
 * Note beside the failure in ${e} what it is about.  A field without a text, with one that is too long, or that is there
 * already, is left out, and so is one too many.
 */
void err_field(struct err *e, const char *key, const char *text);
void err_field_number(struct err *e, const char *key, int64_t number);

#endif
