/*
 * engine.h: calls in flight: as many as each API is to bear, tried again where that makes sense, with a valid token.
 *
 * What an answer means is verdict.h's to say, and what is done about it answer.h's; here calls are sent and waited for.
 */
#ifndef AB_FETCH_ENGINE_H
#define AB_FETCH_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer.h"
#include "baseurl.h"

/* The most calls at a time that may be asked for. */
#define ENGINE_JOBS_MAX 64

/* ${active}: the calls in its hands. Nobody else writes here, but answer.c in ${answering}; the counts may be read. */
struct engine {
    const struct baseurl *base;
    void *multi;
    struct call *active[ENGINE_JOBS_MAX + ENGINE_JOBS_MAX];
    size_t nactive;
    struct answering answering;
    uint64_t requests;
    uint64_t changes; /* grows when a call is finished */
};

/**
 * engine_init(g, base, token, journal, jobs, deadline_ms, e):
 * Make ready for ${jobs} (1 to ENGINE_JOBS_MAX) calls at a time on the config API and half as many on the public one.
 * ${base}, ${token} and ${journal} stay the caller's and outlive ${g}.  Return 0, or -1 with ${e}.
 */
int engine_init(struct engine *g, const struct baseurl *base, struct source *token, struct journal *journal,
    unsigned jobs, int64_t deadline_ms, struct err *e);

/* End what is in flight (the calls stay their owners') and free everything. */
void engine_release(struct engine *g);

/* Whether a call of ${api} may begin now. */
bool engine_room(const struct engine *g, enum api api);

/**
 * engine_start(g, c, e):
 * Begin ${c}, which is CALL_WAITING and for which there is room.  It is CALL_ACTIVE until, in an engine_wait or, if the
 * journal has its answer, at once, it becomes CALL_DONE or CALL_REFUSED.  Return 0, or -1 with ${e}.
 */
int engine_start(struct engine *g, struct call *c, struct err *e);

/*
 * What else is waited for.
 *   in        a descriptor to be read, -1: none
 *   out       one to be written, called ${out_name}; -1: none
 *   at_once   see to what is there without waiting
 *   readable  set: ${in} can be read
 */
struct engine_waits {
    int in, out;
    const char *out_name;
    bool at_once, readable;
};

/**
 * engine_wait(g, w, e):
 * Wait until a call is finished or something else is to be done: time has come to begin one, or what ${w} says.  Return 0, or
 * -1 with ${e} when a call has failed for good or the deadline has passed.
 */
int engine_wait(struct engine *g, struct engine_waits *w, struct err *e);

/* How long nothing will happen, in milliseconds, because the server wants to be left alone or has failed; else 0. */
int64_t engine_idle_ms(const struct engine *g);

/* Whether calls are held back for a while that would otherwise begin. */
bool engine_pauses(const struct engine *g);

/**
 * engine_attend(g, since_ms):
 * Say that from ${since_ms} on this process did something else than attend to its calls.  If that was long, their
 * time-outs were not the server's fault, and are not counted.
 */
void engine_attend(struct engine *g, int64_t since_ms);

#endif
