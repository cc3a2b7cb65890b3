/*
 * secret.h: a secret of the user's, from where it may stand to where it is wiped.
 */
#ifndef AB_SECRET_H
#define AB_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* The longest secret and client id accepted, in bytes. */
#define SECRET_MAX ((size_t)4096)

/* ${len} bytes of UTF-8 without control characters at ${text}, and a NUL. */
struct secret {
    char text[SECRET_MAX + 1];
    size_t len;
};

/* Where a secret may stand if no file is named: the variable, and the file of $CREDENTIALS_DIRECTORY. */
struct secret_place {
    const char *variable, *credential;
};

/**
 * secret_read(s, place, file, e):
 * Take the secret from ${file} ("-": standard input; "/dev/fd/N": the descriptor N itself) if not NULL, else from
 * ${place}'s variable, else from its file in $CREDENTIALS_DIRECTORY.  It is one line; its line end does not count.  At a
 * terminal it is asked for, and does not show.  The variable's value is overwritten in this process's environment in any
 * case, so that nobody reads it there afterwards.  From here on guard.h knows the secret.  Return 0, or -1 with ${e}:
 * EX_CONFIG (not set, or not a line of text), EX_NOINPUT (the file cannot be read).  No message holds any part of the
 * secret, nor the argument, which somebody may have mistaken for the place of the secret itself.
 */
int secret_read(struct secret *s, const struct secret_place *place, const char *file, struct err *e);

/**
 * secret_open(file, e):
 * Open what ${file} names as above without reading it, for a program that hands it on.  Return a descriptor, which is
 * the one that was named where one was, or -1 with ${e} (EX_NOINPUT).
 */
int secret_open(const char *file, struct err *e);

/* Whether ${file} (NULL: none is named) means standard input. */
bool secret_on_stdin(const char *file);

/**
 * secret_check_text(text, len, what, e):
 * Check that ${len} bytes at ${text} are 1 to SECRET_MAX bytes of UTF-8 without control characters; ${what} is what
 * they are called in the error (EX_CONFIG).
 */
int secret_check_text(const char *text, size_t len, const char *what, struct err *e);

/* Overwrite it. */
void secret_wipe(struct secret *s);

#endif
