/*
 * counts.h: what was asked: how often each path, and how much at once. Tests read it at COUNTS_PATH, which needs no token
 * and counts nowhere.
 */
#ifndef MOCK_COUNTS_H
#define MOCK_COUNTS_H

#include "piece.h"

#include <pthread.h>

#define COUNTS_PATH "/-/counts"

/* Parts of the server with threads of their own. */
enum counts_part { COUNTS_PUBLIC, COUNTS_CONFIG, COUNTS_OTHER, COUNTS_PARTS };

/* Requests under way, now and at most. */
struct counts_level {
    unsigned long now, most;
};

struct counts_path {
    char *key; /* METHOD PATH, with * for each id in the path */
    unsigned long n;
};

struct counts {
    pthread_mutex_t lock;
    struct counts_path *paths;
    size_t n;
    unsigned long connections;
    struct counts_level all, parts[COUNTS_PARTS];
};

void counts_init(struct counts *c);
void counts_release(struct counts *c);

/* A connection was made; a request for ${target} starts; one of ${part} ends. */
void counts_connect(struct counts *c);
enum counts_part counts_start(struct counts *c, const char *method, const char *target);
void counts_end(struct counts *c, enum counts_part part);

/* Add to ${out}: {"requests":{"GET /api/…":N,…},"connections":N,"in_flight":{"all":N,"public":N,"config":N,"other":N}}. */
void counts_write(struct counts *c, struct piece *out);

#endif
