/*
 * pace.h: how fast the service's clock goes.  Every interval that ConductorOne or this program sets (polls, heartbeats,
 * pauses between tries, the life of a token) goes through here, so that tests can let a day pass in a minute.  Time
 * limits of a call do not: the network is as fast as ever.
 */
#ifndef C1_SERVE_PACE_H
#define C1_SERVE_PACE_H

#include <stdint.h>

#include "err.h"

/* How many times as fast as the wall's the clock may go. */
#define PACE_MAX 100000

/* Take the pace from C1_SERVE_PACE, a whole number, 1 if unset. Before any thread. Return 0, or -1 with ${e} (EX_CONFIG). */
int pace_init(struct err *e);

/* The real milliseconds that ${ms} of the service's clock take, at least 1 unless ${ms} is 0. */
int64_t pace_ms(int64_t ms);

#endif
