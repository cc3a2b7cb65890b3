/*
 * othertask.h: what a read-only connector answers to each kind of task but the syncs
 * (reference/conductorone-service.md section 4.6).
 */
#ifndef C1_SERVE_OTHERTASK_H
#define C1_SERVE_OTHERTASK_H

#include "service.h"

/**
 * othertask_answer(kind, o):
 * Set ${o} to the answer.  ${kind} is none of TASK_NONE, TASK_HELLO, TASK_SYNC_FULL.  Every refusal is final: the same
 * task would be refused again.
 */
void othertask_answer(enum task_kind kind, struct outcome *o);

#endif
