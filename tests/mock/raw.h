/*
 * raw.h: answers written to the connection by hand, where the HTTP library would write a good one.
 */
#ifndef MOCK_RAW_H
#define MOCK_RAW_H

#include "fault.h"
#include "response.h"

struct server;

/*
 * Send ${a} to socket ${fd} in the way of ${f}, whose kind is FAULT_STALL or a later one; ${met} may have header lines.
 * Return when it is sent, when the client has gone, or when the server ends. The caller closes the connection.
 */
void raw_send(struct server *s, int fd, const struct response *a, const struct fault *f, const struct fault_met *met);

#endif
