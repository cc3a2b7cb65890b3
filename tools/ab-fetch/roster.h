/*
 * roster.h: the end of a stream: a line for each user that was met, with what a look-up says about him, if that is asked.
 */
#ifndef AB_FETCH_ROSTER_H
#define AB_FETCH_ROSTER_H

#include "caller.h"
#include "gaps.h"
#include "sink.h"

/* Look-ups at one time, and behind the one whose line is next. */
#define ROSTER_WINDOW 256

/*
 * Users ${written} up to but without ${started} are being looked up; ${call}[i % ROSTER_WINDOW] is that of user i.
 * ${refused}: one was refused, so no further ones are asked, and none behind it has details: it takes an instance admin
 * to look up any but himself (reference airbyte-api.md section 3.11), so one refusal is that of all.
 */
struct roster {
    struct sink *sink;
    struct engine *engine;
    struct gaps *gaps;
    bool details;
    struct known unused;
    struct call *call[ROSTER_WINDOW];
    uint32_t started, written;
    bool refused;
};

void roster_init(struct roster *r, struct sink *sink, struct engine *engine, struct gaps *gaps);
void roster_release(struct roster *r);

/**
 * roster_advance(r, e):
 * All other lines are out: write the lines of users that can be written, and begin the look-ups for which there is room.
 * ${r}->details says whether there are any; set it before the first call.  Return 1 if all lines are written, 0 if not
 * yet, -1 with ${e}.
 */
int roster_advance(struct roster *r, struct err *e);

#endif
