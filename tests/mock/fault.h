/*
 * fault.h: the plan of what goes wrong.
 *
 * A fault is 'PATH-SUFFIX N ACTION': the N-th request ("3", "2-5", or "*" for each) whose path ends with PATH-SUFFIX meets
 * ACTION:
 *   status=S[,retry-after=TEXT][,location=URL]   the answer is S (300 to 599) with a body in the server's style
 *   reset        the connection is reset before an answer
 *   cut          the answer's length is announced whole, half of it is sent, the connection is closed
 *   html         200 with a page of HTML
 *   delay=MS     the answer comes that much later
 *   body=FILE    200 with that file as JSON
 * Each fault counts its own requests. Of several that meet one request, the first in the plan wins; delays add up.
 */
#ifndef MOCK_FAULT_H
#define MOCK_FAULT_H

#include "text.h"

#include <pthread.h>

enum fault_kind { FAULT_NONE, FAULT_STATUS, FAULT_RESET, FAULT_CUT, FAULT_HTML, FAULT_DELAY, FAULT_BODY };

struct fault {
    char *suffix;
    unsigned long first, last; /* which requests, counted from 1 */
    unsigned long seen;        /* requests that matched so far */
    enum fault_kind kind;
    unsigned status;
    char *retry_after, *location; /* NULL: not sent */
    unsigned long delay_ms;
    struct text body;
};

struct faults {
    pthread_mutex_t lock;
    struct fault *list;
    size_t n;
};

void fault_init(struct faults *f);
void fault_release(struct faults *f);

/* Add the fault that ${spec} describes. Return NULL, or what is wrong with it. */
const char *fault_add(struct faults *f, const char *spec);

/*
 * Count a request for ${path}. Return the fault it meets, or NULL, and in *delay_ms how long it has to wait. The fault
 * stays valid, and its action unchanged, until fault_release.
 */
const struct fault *fault_meet(struct faults *f, const char *path, unsigned long *delay_ms);

#endif
