/*
 * fullio.h: read(2) and write(2) until all is done, whatever interrupts or splits them.
 */
#ifndef AB_FULLIO_H
#define AB_FULLIO_H

#include <stddef.h>
#include <sys/types.h>

/* Write all ${len} bytes at ${p} to ${fd}.  Return 0, or -1 with errno; how much was written then is not known. */
int fullio_write(int fd, const void *p, size_t len);

/*
 * Write ${len} bytes at ${p} to ${fd} once, and care about nothing: what does not go there is lost.  A reader that has gone
 * makes no SIGPIPE: that is blocked meanwhile, and one that the write has made is taken away; one that was there before
 * stays.
 */
void fullio_write_quietly(int fd, const void *p, size_t len);

/* Read from ${fd} until ${size} bytes are at ${p} or the input ends.  Return how many, or -1 with errno. */
ssize_t fullio_read(int fd, void *p, size_t size);

#endif
