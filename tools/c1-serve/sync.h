/*
 * sync.h: a full sync: the driver makes a file in a private folder, and that is uploaded
 * (reference/conductorone-service.md section 4.7).
 */
#ifndef C1_SERVE_SYNC_H
#define C1_SERVE_SYNC_H

#include "serve.h"
#include "service.h"

/**
 * sync_task(s, t, cancel, o):
 * Do ${t}, which is TASK_SYNC_FULL, until ${cancel} is cancelled, and set ${o} to how it is to be finished.  Nothing of
 * it is left in the temporary folder, nor running.
 */
void sync_task(struct serve *s, const struct task *t, struct cancel *cancel, struct outcome *o);

#endif
