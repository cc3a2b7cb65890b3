/*
 * health.h: how the service does, by HTTP, for those who watch over containers.
 *
 *   /live    200 while the program runs
 *   /ready   200 once ConductorOne knows the connector, else 503
 *   /health  200 if besides it was last heard of, and the last sync ended well; else 503
 *
 * Each with {"status":"ok","timestamp":"..."} or "unavailable".  Nothing of the application or its people is told.
 */
#ifndef C1_SERVE_HEALTH_H
#define C1_SERVE_HEALTH_H

#include <stdint.h>

#include "err.h"
#include "serve.h"

struct health;

/* Answer on ${address} (IPv4 or IPv6, in numbers) and ${port}, 0 for any. Return NULL with ${e} (EX_CONFIG, EX_OSERR). */
struct health *health_begin(const char *address, uint16_t port, struct serve_health *state, struct err *e);
void health_end(struct health *h);

/* The port that is listened on. */
uint16_t health_port(const struct health *h);

#endif
