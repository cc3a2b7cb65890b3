/*
 * resume.h: whether what a journal holds is still what this run would be told.
 *
 * What a server lists depends on the roles of who asks, and since 2.0 it says nothing of what it leaves out; whether a
 * list may be short is judged by those roles (refusal.h).  So answers may be judged, and put together with others, only
 * by the roles that they were given under.
 */
#ifndef AB_FETCH_RESUME_H
#define AB_FETCH_RESUME_H

#include "run.h"

/**
 * resume_check(o, e):
 * If there are answers in the journal to be taken up and the caller's roles matter, ask for those, and see that the
 * journal has them as they are.  Return 0, with a journal that fits or is empty, or -1 with ${e}: that of the call, or
 * of journal_unfit.
 */
int resume_check(const struct run_options *o, struct err *e);

#endif
