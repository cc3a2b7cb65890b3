/*
 * clock.h: the two clocks, in milliseconds.  What is waited for is measured on the one that only goes forward; times
 * that others told, such as when a token expires, are on the other.  The time that a run writes down is setting_time's.
 */
#ifndef AB_CLOCK_H
#define AB_CLOCK_H

#include <stdint.h>

/* A clock that only goes forward, from some point in the past. */
int64_t clock_mono_ms(void);

/* Since 1970, as this machine has it: it may be wrong, and be put right while a program runs. */
int64_t clock_wall_ms(void);

#endif
