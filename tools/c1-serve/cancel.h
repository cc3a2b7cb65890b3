/*
 * cancel.h: a flag that ends what is waiting, seen by every poll(2).
 */
#ifndef C1_SERVE_CANCEL_H
#define C1_SERVE_CANCEL_H

#include <stdatomic.h>

#include "err.h"

/* Why, as FinishTask says it. */
enum cancel_why {
    CANCEL_NOT,
    CANCEL_BY_SERVER,    /* ConductorOne no longer wants the task */
    CANCEL_BY_HEARTBEAT, /* it has not been heard of for too long */
    CANCEL_BY_SHUTDOWN,  /* this program was asked to end */
};

/* ${fd} is readable once ${why} is not CANCEL_NOT, and stays so. */
struct cancel {
    int fd;
    atomic_int why;
};

/* Start uncancelled. Return 0, or -1 with ${e} (EX_OSERR). */
int cancel_init(struct cancel *c, struct err *e);
void cancel_release(struct cancel *c);

/* Cancel. The first reason stays. May be called by any thread, and by a signal handler. */
void cancel_now(struct cancel *c, enum cancel_why why);

enum cancel_why cancel_reason(struct cancel *c);

/* "task was cancelled" and such. */
const char *cancel_text(enum cancel_why why);

/* Sleep ${ms}, or until ${c} is cancelled. Return whether it was. */
int cancel_sleep(struct cancel *c, long long ms);

#endif
