/*
 * engine.h: calls in flight: as many as each API is to bear, tried again where that makes sense, with a valid token.
 *
 * What ends a try, and what then happens:
 *   no answer, or half of one         5 tries within 300 s, up to 0.5 s, doubling, between them, then EX_UNAVAILABLE
 *   an answer that is not JSON text   the same, then EX_PROTOCOL
 *   408, 5xx                          5 tries within 30 s, then EX_UNAVAILABLE
 *   429                               3 tries within 30 s, up to 5 s, doubling, between them, then EX_TEMPFAIL
 *   408, 429, 5xx with Retry-After    5 tries within 120 s, each not before the server wants it
 *   401                               again with a new token; the same again: EX_NOPERM
 *   403                               EX_NOPERM with the role that is missing
 *   404, 405, 501                     EX_PROTOCOL
 *   3xx, other 4xx, not JSON's type   EX_PROTOCOL
 * A call FOR_LOOKUP that gets 403, 404, 405 or 501 is FETCH_REFUSED and no failure.
 * A 429, or any Retry-After, halves the number of calls at a time on that API; every 8 answers give one back.
 */
#ifndef AB_FETCH_ENGINE_H
#define AB_FETCH_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "baseurl.h"
#include "fetch.h"
#include "source.h"

/* The most calls at a time that may be asked for. */
#define ENGINE_JOBS_MAX 64

/* One API's share: at most ${limit} of ${running} calls, up to ${max} when all is well, none begun before ${resume_ms}. */
struct lane {
    unsigned max, limit, running;
    unsigned answers;   /* good ones since the limit last changed */
    int64_t resume_ms;  /* 0: at once */
    int64_t reduced_ms; /* when the limit was last halved */
};

struct engine {
    const struct baseurl *base;
    struct source *token;
    int64_t deadline_ms; /* on the clock of retry_now_ms, 0: none */
    struct lane lane[API_COUNT];
    void *multi;
    struct fetch *active[ENGINE_JOBS_MAX + ENGINE_JOBS_MAX];
    size_t nactive;
    int64_t stalled_ms; /* until when this process last did not attend to its calls for long */
    uint64_t requests, retries, renewals;
};

/**
 * engine_init(g, base, token, jobs, deadline_ms, e):
 * Make ready for ${jobs} (1 to ENGINE_JOBS_MAX) calls at a time on the config API and half as many on the public one.
 * ${base} and ${token} stay the caller's and outlive ${g}.  Return 0, or -1 with ${e}.
 */
int engine_init(struct engine *g, const struct baseurl *base, struct source *token, unsigned jobs, int64_t deadline_ms,
    struct err *e);

/* End what is in flight (the calls stay their owners') and free everything. */
void engine_release(struct engine *g);

/* Whether a call of ${api} may begin now. */
bool engine_room(const struct engine *g, enum api api);

/**
 * engine_start(g, f, e):
 * Begin ${f}, which is FETCH_WAITING and for which there is room.  It is FETCH_ACTIVE until, in an engine_wait, it
 * becomes FETCH_DONE or FETCH_REFUSED.  Return 0, or -1 with ${e}.
 */
int engine_start(struct engine *g, struct fetch *f, struct err *e);

/**
 * engine_wait(g, fd, at_once, readable, e):
 * Wait until a call is finished or something else is to be done: time has come to begin one, ${fd} (-1: none) can be
 * read, which ${*readable} says.  With ${at_once}, see to what is there without waiting.  Return 0, or -1 with ${e} when a call has failed for good or the deadline has passed.
 */
int engine_wait(struct engine *g, int fd, bool at_once, bool *readable, struct err *e);

/* Whether calls are held back for a while that would otherwise begin. */
bool engine_pauses(const struct engine *g);

/**
 * engine_attend(g, since_ms):
 * Say that from ${since_ms} on this process did something else than attend to its calls.  If that was long, their
 * time-outs were not the server's fault, and are not counted.
 */
void engine_attend(struct engine *g, int64_t since_ms);

#endif
