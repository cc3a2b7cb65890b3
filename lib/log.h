/*
 * log.h: messages on standard error, in two formats.
 *
 * console:  "NAME: text (key=value, key=value)"; below error the level stands before the text: "NAME: warning: text".
 * json:     {"level":"warn","ts":1740823200.702,"logger":"NAME","msg":"text","key":"value"} and a line feed.  What a call
 *           to Airbyte is about stands in fields of these names: call, status, organization, group, workspace, user, role.
 *
 * Text and values may come from outside: control characters, DEL, C1 controls, bidirectional controls and bytes that
 * are not UTF-8 are escaped before they reach a terminal.  One message is one write(2), so that the lines of several
 * processes do not mix.  A message that shares something with a secret of the process (guard.h) is replaced.
 * Never log a token, a secret or a response body.
 */
#ifndef AB_LOG_H
#define AB_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_CONSOLE, LOG_JSON };

/*
 * A named value of a message: text when ${text} is not NULL, else ${number}.  ${also}: what the message says already, for
 * programs to have by itself: in JSON alone.  Made by the macros below.
 */
struct log_field {
    const char *key;
    const char *text;
    int64_t number;
    bool also;
};
#define LOG_STR(k, v) ((struct log_field){.key = (k), .text = (v)})
#define LOG_INT(k, v) ((struct log_field){.key = (k), .text = NULL, .number = (v)})
/* A text that is NULL or empty makes no field. */
#define LOG_ALSO(k, v) ((struct log_field){.key = (v) != NULL && *(v) != '\0' ? (k) : NULL, .text = (v), .also = true})
#define LOG_ALSO_INT(k, v) ((struct log_field){.key = (k), .text = NULL, .number = (v), .also = true})

/**
 * log_init(name):
 * Start as the program ${name} (kept, not copied), with the level and format of BATON_LOG_LEVEL and BATON_LOG_FORMAT,
 * or info and console where these are unset, empty or unknown (an unknown value is warned about).
 */
void log_init(const char *name);

/**
 * log_set_level(arg, e), log_set_format(arg, e):
 * Set from the argument of --log-level (debug, info, warn, error) or --log-format (json, console).  Return 0, or -1 with
 * ${e} (EX_USAGE), which does not repeat ${arg}: an argument out of place may be a secret.
 */
int log_set_level(const char *arg, struct err *e);
int log_set_format(const char *arg, struct err *e);

/* Whether messages of ${level} are printed: for callers that must do work to make one. */
bool log_enabled(enum log_level level);

/*
 * Print one message with ${n} fields.  One that cannot be written is lost, and that is all: neither a full disk nor a
 * reader that has gone (SIGPIPE is kept from the program for that moment) changes how the run ends.
 */
void log_event(enum log_level level, const char *msg, const struct log_field *fields, size_t n);

/* Shorthands: log_warn("text") or log_warn("text", LOG_STR("url", url), LOG_INT("attempt", 2)). */
#define LOG_FIELDS_(...)                                \
    (const struct log_field[]){{0}, ##__VA_ARGS__} + 1, \
        sizeof((const struct log_field[]){{0}, ##__VA_ARGS__}) / sizeof(struct log_field) - 1
#define log_debug(msg, ...) log_event(LOG_DEBUG, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_info(msg, ...) log_event(LOG_INFO, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_warn(msg, ...) log_event(LOG_WARN, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_error(msg, ...) log_event(LOG_ERROR, msg, LOG_FIELDS_(__VA_ARGS__))

/* Print how a program is used, ${usage} as it stands.  Between lines of JSON it would be in the way, and is left out. */
void log_usage(const char *usage);

/* Print ${e} as an error, its fields in JSON, and return its status: "return log_failure(&e);" at the end of main. */
int log_failure(const struct err *e);

#endif
