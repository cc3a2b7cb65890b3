/*
 * strip.h: the door through which answers come in: what may be secret in them stays outside.
 *
 * Some calls are known to return secrets (addresses of webhooks, codes of invitations).  Of their rows only the members
 * that endpoint.c lists pass, and only with a scalar value (or, of an object, those of its members that it lists); of the answer around the rows, only what tells whether there
 * is another page.  Nothing else sees the answer as it came.
 */
#ifndef AB_FETCH_STRIP_H
#define AB_FETCH_STRIP_H

#include "buf.h"
#include "endpoint.h"

/* Whether answers of ${ep} must go through strip_answer before anything else sees them. */
bool strip_needed(const struct endpoint *ep);

/**
 * strip_answer(ep, more, body, len, out, e):
 * Append to ${out} what may pass of the answer, ${len} bytes at ${body}; with ${more}, also the members that pass where that is
 * asked for.  Where the answer is JSON but not of the shape
 * that ${ep} says, null stands in place of what does not fit, and false in place of what should tell whether there is
 * another page.  Return 0, or -1 with ${e}: EX_PROTOCOL if it is not JSON,
 * EX_OSERR without memory.
 */
int strip_answer(const struct endpoint *ep, bool more, const char *body, size_t len, struct buf *out, struct err *e);

#endif
