/*
 * server.h: the HTTP server: connections, one thread each, on a port of the loopback interface that the kernel chooses.
 */
#ifndef MOCK_SERVER_H
#define MOCK_SERVER_H

#include "api.h"
#include "fault.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct server {
    const struct api *api;
    struct faults *faults;
    int log_fd; /* -1: no log */
    atomic_ulong requests;
    pthread_mutex_t lock; /* of ${ending} */
    pthread_cond_t ended; /* wakes who waits out a delay */
    bool ending;
    struct MHD_Daemon *daemon;
    uint16_t port; /* valid after server_start */
};

/* Start to serve. ${log_fd}, opened for appending, stays the caller's. Return 0, or -1 with errno set. */
int server_start(struct server *s, const struct api *api, struct faults *faults, int log_fd);

/* Stop: wait for answers under way, but not for delays. */
void server_stop(struct server *s);

#endif
