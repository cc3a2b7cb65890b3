/*
 * deep.h: threads in which filters run.
 *
 * libjq frees and compares values by recursion, so a value that a filter nests without end takes stack for every level.
 * The memory that filters may have (filter_limit_memory) bounds the levels, at about 300 bytes each, and with that the
 * stack: a thread made here has enough of it that memory is what ends such a filter, with a message, and not a crash.
 */
#ifndef AB_MAP_DEEP_H
#define AB_MAP_DEEP_H

#include <pthread.h>
#include <stddef.h>

/* The stack of a thread: what is not used of it costs nothing but addresses. */
#define DEEP_STACK ((size_t)768 << 20)

/* As pthread_create, with DEEP_STACK bytes of stack, or as much as there is by default where the system has not so many. */
int deep_thread(pthread_t *thread, void *(*run)(void *), void *arg);

#endif
