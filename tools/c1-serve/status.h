/*
 * status.h: how a call ended, in gRPC's terms.
 */
#ifndef C1_SERVE_STATUS_H
#define C1_SERVE_STATUS_H

#include <stdbool.h>
#include <stddef.h>

/* The codes of gRPC (https://grpc.io, status codes); the numbers are on the wire. */
enum grpc_code {
    GRPC_OK,
    GRPC_CANCELLED,
    GRPC_UNKNOWN,
    GRPC_INVALID_ARGUMENT,
    GRPC_DEADLINE_EXCEEDED,
    GRPC_NOT_FOUND,
    GRPC_ALREADY_EXISTS,
    GRPC_PERMISSION_DENIED,
    GRPC_RESOURCE_EXHAUSTED,
    GRPC_FAILED_PRECONDITION,
    GRPC_ABORTED,
    GRPC_OUT_OF_RANGE,
    GRPC_UNIMPLEMENTED,
    GRPC_INTERNAL,
    GRPC_UNAVAILABLE,
    GRPC_DATA_LOSS,
    GRPC_UNAUTHENTICATED,
};

/*
 * ${code} is an enum grpc_code, or a number that a server made up.  ${local} says that it never came from the service's
 * methods: the connection, the token or this program failed, and ${final} then, that trying again is of no use.
 * ${message} is valid UTF-8 and never holds a secret or a token.
 */
struct status {
    int code;
    bool local, final;
    char message[1024];
};

/* Set ${s} to a failure of our own, of which trying again may help or (final) not. Always return -1. */
int status_set(struct status *s, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int status_set_final(struct status *s, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Set ${s} to what the server said: ${len} bytes of text, bytes that are not UTF-8 replaced, cut to what fits. */
void status_set_remote(struct status *s, int code, const char *text, size_t len);

/* The code's name as gRPC spells it ("UNAVAILABLE"); "CODE" for a number that is none. */
const char *status_name(int code);

#endif
