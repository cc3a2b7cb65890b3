/*
 * tap.h: what a unit test needs: numbered checks in the Test Anything Protocol.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdio.h>

static int tap_run, tap_bad;

/* One check: print "ok N - what" or "not ok N - what"; return ${pass}. */
static inline bool tap_ok(bool pass, const char *what)
{
    tap_run++;
    if (!pass)
        tap_bad++;
    printf("%sok %d - %s\n", pass ? "" : "not ", tap_run, what);
    return pass;
}

/* Print the plan and return the exit status of the test program. */
static inline int tap_done(void)
{
    printf("1..%d\n", tap_run);
    return fflush(stdout) != 0 || tap_bad != 0 || tap_run == 0;
}

#endif
