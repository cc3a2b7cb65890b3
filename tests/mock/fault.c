#include "fault.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An answer that keeps a client waiting longer than this is not a test. */
#define DELAY_MAX_MS 600000

void fault_init(struct faults *f)
{
    *f = (struct faults){0};
    pthread_mutex_init(&f->lock, NULL);
}

static void release_one(struct fault *f)
{
    free(f->suffix);
    free(f->retry_after);
    free(f->location);
    text_release(&f->body);
}

void fault_release(struct faults *f)
{
    for (size_t i = 0; i < f->n; i++)
        release_one(&f->list[i]);
    free(f->list);
    pthread_mutex_destroy(&f->lock);
}

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
    static const char wrong[] = "the requests are a number, a range like 2-5, or *";

    if (strcmp(s, "*") == 0) {
        f->first = 1;
        f->last = ULONG_MAX;
        return NULL;
    }
    if (!number(&s, 1, ULONG_MAX, &f->first))
        return wrong;
    f->last = f->first;
    if (*s == '-' && (s++, !number(&s, f->first, ULONG_MAX, &f->last)))
        return wrong;
    return *s ? wrong : NULL;
}

/* After "status=": the number and what may follow it. */
static const char *parse_status(struct fault *f, const char *s)
{
    static const char retry[] = ",retry-after=", location[] = ",location=";
    unsigned long status;

    f->kind = FAULT_STATUS;
    if (!number(&s, 300, 599, &status))
        return "a status is a number from 300 to 599";
    f->status = (unsigned)status;
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
        *value = text_copy(s, (size_t)(end - s));
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

    f->kind = FAULT_BODY;
    if (!in)
        return "cannot open the file of the body";
    while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
        text_add(&f->body, chunk, n);
    failed = ferror(in) != 0;
    fclose(in);
    return failed ? "cannot read the file of the body" : NULL;
}

static const char *parse_action(struct fault *f, const char *s)
{
    if (strncmp(s, "status=", 7) == 0)
        return parse_status(f, s + 7);
    if (strncmp(s, "body=", 5) == 0)
        return read_body(f, s + 5);
    if (strncmp(s, "delay=", 6) == 0) {
        s += 6;
        f->kind = FAULT_DELAY;
        return number(&s, 0, DELAY_MAX_MS, &f->delay_ms) && !*s ? NULL
                                                                : "a delay is a number of milliseconds, up to 600000";
    }
    f->kind = strcmp(s, "reset") == 0  ? FAULT_RESET
              : strcmp(s, "cut") == 0  ? FAULT_CUT
              : strcmp(s, "html") == 0 ? FAULT_HTML
                                       : FAULT_NONE;
    return f->kind == FAULT_NONE ? "the action is one of status=, reset, cut, html, delay= and body=" : NULL;
}

const char *fault_add(struct faults *f, const char *spec)
{
    const char *first = strchr(spec, ' ');
    const char *second = first ? strchr(first + 1, ' ') : NULL;
    struct fault fault = {0};
    const char *wrong;
    char *requests;

    if (!second || first == spec)
        return "a fault is 'PATH-SUFFIX N ACTION'";
    requests = text_copy(first + 1, (size_t)(second - first - 1));
    wrong = parse_requests(&fault, requests);
    free(requests);
    if (!wrong)
        wrong = parse_action(&fault, second + 1);
    if (wrong) {
        release_one(&fault);
        return wrong;
    }
    fault.suffix = text_copy(spec, (size_t)(first - spec));
    f->list = text_array(f->list, f->n + 1, sizeof(*f->list));
    f->list[f->n++] = fault;
    return NULL;
}

static bool ends_with(const char *s, const char *suffix)
{
    size_t len = strlen(s), suffix_len = strlen(suffix);

    return len >= suffix_len && strcmp(s + len - suffix_len, suffix) == 0;
}

const struct fault *fault_meet(struct faults *f, const char *path, unsigned long *delay_ms)
{
    const struct fault *met = NULL;

    *delay_ms = 0;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->n; i++) {
        struct fault *one = &f->list[i];

        if (!ends_with(path, one->suffix))
            continue;
        one->seen++;
        if (one->seen < one->first || one->seen > one->last)
            continue;
        if (one->kind == FAULT_DELAY)
            *delay_ms += one->delay_ms;
        else if (!met)
            met = one;
    }
    pthread_mutex_unlock(&f->lock);
    return met;
}
