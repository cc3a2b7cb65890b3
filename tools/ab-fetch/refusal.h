/*
 * refusal.h: what it means that the server will not answer a call.  The one place where that is decided.
 */
#ifndef AB_FETCH_REFUSAL_H
#define AB_FETCH_REFUSAL_H

#include "call.h"

/**
 * refusal_error(c, e):
 * ${c} is CALL_REFUSED, and the run ends with that: the call, the status, the server's words, and what would help.
 * Always return -1.
 */
int refusal_error(const struct call *c, struct err *e);

#endif
