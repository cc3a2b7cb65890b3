#include "fault.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An answer that keeps a client waiting longer than this is not a test. */
#define DELAY_MAX_MS 600000

/* More than any client may take. */
#define BYTES_MAX (1ul << 33)

/* What an action has behind its name. */
enum value { VALUE_NONE, VALUE_NUMBER, VALUE_WORD, VALUE_STATUS, VALUE_FILE };

static const struct action {
    const char *name;
    enum value value;
    unsigned long min, max; /* of a number */
    const char *wrong;      /* what is said about another one */
} actions[] = {
    [FAULT_STATUS] = {"status", VALUE_STATUS, 300, 599, "a status is a number from 300 to 599"},
    [FAULT_ECHO] = {"echo", VALUE_NUMBER, 400, 599, "expected a number from 400 to 599"},
    [FAULT_UNLICENSED] = {"unlicensed", VALUE_NONE, 0, 0, NULL},
    [FAULT_HTML] = {"html", VALUE_NONE, 0, 0, NULL},
    [FAULT_BODY] = {"body", VALUE_FILE, 200, 599, "the status of a body is a number from 200 to 599"},
    [FAULT_CACHE] = {"cache", VALUE_NONE, 0, 0, NULL},
    [FAULT_RESET] = {"reset", VALUE_NONE, 0, 0, NULL},
    [FAULT_LOOP] = {"loop", VALUE_NONE, 0, 0, NULL},
    [FAULT_CAP] = {"cap", VALUE_NUMBER, 1, 1000, "expected a number of rows, up to 1000"},
    [FAULT_OVERLAP] = {"overlap", VALUE_NUMBER, 1, 1000, "expected a number of rows, up to 1000"},
    [FAULT_SHRINK] = {"shrink", VALUE_NUMBER, 1, 1000, "expected a number of rows, up to 1000"},
    [FAULT_OMIT] = {"omit", VALUE_WORD, 0, 0, NULL},
    [FAULT_WITHOUT] = {"without", VALUE_WORD, 0, 0, NULL},
    [FAULT_IDS] = {"ids", VALUE_NONE, 0, 0, NULL},
    [FAULT_NEXT] = {"next", VALUE_WORD, 0, 0, NULL},
    [FAULT_UTF8] = {"utf8", VALUE_NONE, 0, 0, NULL},
    [FAULT_DUPLICATE] = {"duplicate", VALUE_NONE, 0, 0, NULL},
    [FAULT_DEEP] = {"deep", VALUE_NUMBER, 1, BYTES_MAX, "expected a number of arrays"},
    [FAULT_PAD] = {"pad", VALUE_NUMBER, 1, BYTES_MAX, "expected a number of bytes"},
    [FAULT_GZIP] = {"gzip", VALUE_NONE, 0, 0, NULL},
    [FAULT_BOMB] = {"bomb", VALUE_NUMBER, 1, BYTES_MAX, "expected a number of bytes"},
    [FAULT_DELAY] = {"delay", VALUE_NUMBER, 0, DELAY_MAX_MS, "a delay is a number of milliseconds, up to 600000"},
    [FAULT_HOLD] = {"hold", VALUE_WORD, 0, 0, NULL},
    [FAULT_HEADER] = {"header", VALUE_WORD, 0, 0, NULL},
    [FAULT_CUT] = {"cut", VALUE_NONE, 0, 0, NULL},
    [FAULT_STALL] = {"stall", VALUE_NONE, 0, 0, NULL},
    [FAULT_DRIP] = {"drip", VALUE_NUMBER, 1, DELAY_MAX_MS, "expected a number of milliseconds, up to 600000"},
    [FAULT_HEADERS] = {"headers", VALUE_NUMBER, 1, BYTES_MAX, "expected a number of bytes"},
    [FAULT_TRAILERS] = {"trailers", VALUE_NUMBER, 1, BYTES_MAX, "expected a number of bytes"},
};

void fault_init(struct faults *f)
{
    *f = (struct faults){0};
    pthread_mutex_init(&f->lock, NULL);
}

static void release_one(struct fault *f)
{
    free(f->suffix);
    free(f->part);
    free(f->word);
    free(f->retry_after);
    free(f->location);
    piece_release(&f->body);
}

void fault_release(struct faults *f)
{
    for (size_t i = 0; i < f->n; i++)
        release_one(&f->list[i]);
    free(f->list);
    pthread_mutex_destroy(&f->lock);
}

/* ---- reading a plan ---- */

/* A decimal number from ${min} to ${max} at *s, which is moved behind it. */
static bool number(const char **s, unsigned long min, unsigned long max, unsigned long *value)
{
    char *end;

    if (**s < '0' || **s > '9')
        return false;
    errno = 0;
    *value = strtoul(*s, &end, 10);
    *s = end;
    return errno == 0 && *value >= min && *value <= max;
}

static const char *parse_requests(struct fault *f, const char *s)
{
    static const char wrong[] = "the requests are a number, a range like 2-5 or 2-, or *";

    f->last = ULONG_MAX;
    if (strcmp(s, "*") == 0) {
        f->first = 1;
        return NULL;
    }
    if (!number(&s, 1, ULONG_MAX, &f->first))
        return wrong;
    if (*s == '\0')
        f->last = f->first;
    else if (*s++ != '-' || (*s && !number(&s, f->first, ULONG_MAX, &f->last)))
        return wrong;
    return *s ? wrong : NULL;
}

/* After "status=": the number and what may follow it. */
static const char *parse_status(struct fault *f, const struct action *a, const char *s)
{
    static const char retry[] = ",retry-after=", location[] = ",location=";

    if (!number(&s, a->min, a->max, &f->number))
        return a->wrong;
    while (*s) {
        size_t skip = strncmp(s, retry, sizeof(retry) - 1) == 0         ? sizeof(retry) - 1
                      : strncmp(s, location, sizeof(location) - 1) == 0 ? sizeof(location) - 1
                                                                        : 0;
        char **value = skip == sizeof(retry) - 1 ? &f->retry_after : &f->location;
        const char *end;

        if (skip == 0 || *value)
            return "after the status comes ,retry-after=TEXT or ,location=URL, each once";
        s += skip;
        /* An HTTP date has a comma in it, so only the next known name ends a value. */
        end = strstr(s, value == &f->location ? retry : location);
        if (!end)
            end = s + strlen(s);
        *value = piece_copy(s, (size_t)(end - s));
        s = end;
    }
    return NULL;
}

static const char *read_body(struct fault *f, const char *file)
{
    char chunk[65536];
    FILE *in = fopen(file, "re");
    bool failed;
    size_t n;

    if (!in)
        return "cannot open the file of the body";
    while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
        piece_add(&f->body, chunk, n);
    failed = ferror(in) != 0;
    fclose(in);
    return failed ? "cannot read the file of the body" : NULL;
}

/* After "body=": the file, and perhaps the status. */
static const char *parse_body(struct fault *f, const struct action *a, const char *s)
{
    static const char status[] = ",status=";
    const char *end = strstr(s, status), *wrong, *digits;
    char *file;

    f->number = 200;
    if (end) {
        digits = end + sizeof(status) - 1;
        if (!number(&digits, a->min, a->max, &f->number) || *digits)
            return a->wrong;
    }
    file = piece_copy(s, end ? (size_t)(end - s) : strlen(s));
    wrong = read_body(f, file);
    free(file);
    return wrong;
}

static const char *parse_value(struct fault *f, const struct action *a, const char *s)
{
    switch (a->value) {
    case VALUE_NONE:
        return *s ? "this action has no value" : NULL;
    case VALUE_STATUS:
        return parse_status(f, a, s);
    case VALUE_FILE:
        return parse_body(f, a, s);
    case VALUE_WORD:
        f->word = piece_copy(s, strlen(s));
        if (f->kind == FAULT_HEADER && !strchr(s, ':'))
            return "a header line has a colon";
        return *s ? NULL : "this action needs a value";
    case VALUE_NUMBER:
        return number(&s, a->min, a->max, &f->number) && !*s ? NULL : a->wrong;
    }
    return NULL;
}

static const char *parse_action(struct fault *f, const char *s)
{
    size_t len = strcspn(s, "=");

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strncmp(actions[i].name, s, len) == 0 && actions[i].name[len] == '\0') {
            f->kind = (enum fault_kind)i;
            return parse_value(f, &actions[i], s[len] ? s + len + 1 : s + len);
        }
    return "there is no such action";
}

/* ${len} bytes at ${s}: the end of a path and, after a question mark, what must be in the query or the body. */
static void parse_where(struct fault *f, const char *s, size_t len)
{
    size_t path = strcspn(s, "? ");

    if (path != 1 || *s != '*')
        f->suffix = piece_copy(s, path);
    if (path < len)
        f->part = piece_copy(s + path + 1, len - path - 1);
}

const char *fault_add(struct faults *f, const char *spec)
{
    const char *first = strchr(spec, ' ');
    const char *second = first ? strchr(first + 1, ' ') : NULL;
    struct fault fault = {0};
    const char *wrong;
    char *requests;

    if (!second || first == spec)
        return "a fault is 'WHERE N ACTION'";
    requests = piece_copy(first + 1, (size_t)(second - first - 1));
    wrong = parse_requests(&fault, requests);
    free(requests);
    if (!wrong)
        wrong = parse_action(&fault, second + 1);
    if (wrong) {
        release_one(&fault);
        return wrong;
    }
    parse_where(&fault, spec, (size_t)(first - spec));
    f->list = piece_array(f->list, f->n + 1, sizeof(*f->list));
    f->list[f->n++] = fault;
    return NULL;
}

/* ---- meeting it ---- */

static bool ends_with(const char *s, const char *suffix)
{
    size_t len = strlen(s), suffix_len = strlen(suffix);

    return len >= suffix_len && strcmp(s + len - suffix_len, suffix) == 0;
}

static bool fits(const struct fault *f, const char *path, const char *query, const char *body)
{
    if (f->suffix && !ends_with(path, f->suffix))
        return false;
    return !f->part || strstr(query, f->part) || (body && strstr(body, f->part));
}

void fault_meet(struct faults *f, const char *path, const char *query, const char *body, struct fault_met *met)
{
    met->n = 0;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->n; i++) {
        struct fault *one = &f->list[i];

        if (!fits(one, path, query, body))
            continue;
        one->seen++;
        if (one->seen >= one->first && one->seen <= one->last && met->n < FAULT_MET_MAX)
            met->list[met->n++] = one;
    }
    pthread_mutex_unlock(&f->lock);
}

struct fault *fault_find(const struct fault_met *met, enum fault_kind from, enum fault_kind to)
{
    for (size_t i = 0; i < met->n; i++)
        if (met->list[i]->kind >= from && met->list[i]->kind <= to)
            return met->list[i];
    return NULL;
}

bool fault_needs_socket(const struct faults *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->list[i].kind == FAULT_RESET || f->list[i].kind >= FAULT_STALL)
            return true;
    return false;
}

const struct piece *fault_remember(struct faults *all, struct fault *f, const struct piece *answer)
{
    pthread_mutex_lock(&all->lock);
    if (f->body.len == 0)
        piece_add(&f->body, answer->data, answer->len);
    pthread_mutex_unlock(&all->lock);
    return &f->body;
}
