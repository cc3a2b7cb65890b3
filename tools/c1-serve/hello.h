/*
 * hello.h: what a connector tells ConductorOne of itself and its machine
 * (reference/conductorone-service.md sections 3.5, 4.2).
 */
#ifndef C1_SERVE_HELLO_H
#define C1_SERVE_HELLO_H

#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "records.pb-c.h"

#define HELLO_TEXT_MAX 257

/* The machine and the system, no text empty: the service is said to refuse a connector with one that is. */
struct machine {
    char hostname[HELLO_TEXT_MAX], os[HELLO_TEXT_MAX], platform[HELLO_TEXT_MAX], platform_version[HELLO_TEXT_MAX],
        platform_family[HELLO_TEXT_MAX], kernel_version[HELLO_TEXT_MAX], kernel_arch[HELLO_TEXT_MAX],
        virtualization[HELLO_TEXT_MAX];
};

/* ${type} are the ${ntypes} resource types that are synced, sorted by their ids, in ${arena}. */
struct hello {
    struct machine machine;
    struct arena arena;
    C1__Connector__V2__ResourceType **type;
    size_t ntypes;
};

/**
 * hello_init(h, records, e):
 * Look at the machine, and take the resource types out of the baton records ${records}, lines of a framed stream.
 * Return 0, or -1 with ${e}: EX_SOFTWARE if these are no such records.
 */
int hello_init(struct hello *h, const struct buf *records, struct err *e);
void hello_release(struct hello *h);

/* The id of this host: BATON_HOST_ID, else its name, else "baton-sdk". ${h} is filled. */
const char *hello_host_id(const struct hello *h);

/* Append the message BatonServiceHelloRequest. ${task_id} may be "". */
void hello_put(struct buf *out, const struct hello *h, const char *host_id, const char *task_id);

/* Fill ${m} from os-release text ${release} and uname's words, or what stands for an empty one. For tests of the parts. */
void hello_read_release(struct machine *m, const char *release, size_t len);
void hello_fill_gaps(struct machine *m);

#endif
