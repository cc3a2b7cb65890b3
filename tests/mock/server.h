/*
 * server.h: the HTTP server: connections, one thread each, on a port of the loopback interface that the kernel chooses.
 */
#ifndef MOCK_SERVER_H
#define MOCK_SERVER_H

#include "api.h"
#include "counts.h"
#include "fault.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct server {
    const struct api *api;
    struct faults *faults;
    int log_fd; /* -1: no log */
    atomic_ulong requests;
    struct counts counts;
    pthread_mutex_t lock; /* of ${ending} */
    pthread_cond_t ended; /* wakes who waits out a delay */
    bool ending;
    struct MHD_Daemon *daemon;
    uint16_t port; /* valid after server_start */
};

/* The texts of a certificate and its key, in PEM. */
struct server_tls {
    const char *certificate, *key;
};

/*
 * Start to serve, by TLS if ${tls} is not NULL. ${log_fd}, opened for appending, stays the caller's. Return 0, or -1 with
 * errno set, or 0 in it if the certificate is none.
 */
int server_start(
    struct server *s, const struct api *api, struct faults *faults, int log_fd, const struct server_tls *tls);

/* Wait ${ms} milliseconds. Return false, maybe at once, if the server ends. */
bool server_wait(struct server *s, unsigned long ms);

/* Stop: wait for answers under way, but not for delays. */
void server_stop(struct server *s);

#endif
