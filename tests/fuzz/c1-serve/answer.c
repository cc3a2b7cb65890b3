/*
 * libFuzzer target: what a server answers to a call: headers, and a message that is GetTask's.
 *
 * The first byte says which of the flags of an answer are set, the next two are the status of HTTP and the code of a
 * reset; three texts, each up to a NUL byte, are content-type, grpc-status and grpc-message; the rest is the body.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c1-serve/rpc.h"
#include "c1-serve/service.h"
#include "json.h"

enum { TRAILERS = 1, RESET = 2, NO_TYPE = 4, NO_STATUS = 8, NO_MESSAGE = 16 };

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "check failed: %s\n", what);
    abort();
}

/* The text that ends at the first NUL byte of the ${*size} at ${*data}, owned, and go behind it. */
static char *next_text(const uint8_t **data, size_t *size)
{
    size_t len = strnlen((const char *)*data, *size), step = len < *size ? len + 1 : len;
    char *text = strndup((const char *)*data, len);

    *data += step;
    *size -= step;
    return text;
}

static void check_status(const struct status *s)
{
    size_t len = strnlen(s->message, sizeof(s->message));

    check(len < sizeof(s->message), "the message ends");
    check(json_utf8(s->message, len), "it is UTF-8");
    check(s->code != GRPC_OK, "a failure is no success");
}

static void check_task(const struct buf *bytes)
{
    struct status s;
    struct task t;
    int64_t next_ms = 0;

    if (service_read_task(bytes, &t, &next_ms, &s) == 0) {
        check(next_ms >= 0, "polls lie ahead");
        check(t.kind == TASK_NONE || t.id[0] != '\0', "a task has an id");
        check(strnlen(t.id, sizeof(t.id)) < sizeof(t.id) && strnlen(t.engine, sizeof(t.engine)) < sizeof(t.engine),
            "texts end");
    } else {
        check_status(&s);
    }
    task_release(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct h2 h = {0};
    struct status s = {0};
    struct buf answer;
    uint8_t flags;

    if (size < 3)
        return 0;
    flags = data[0];
    h.http_status = data[1] * 4;
    h.reset_code = data[2];
    h.trailers = (flags & TRAILERS) != 0;
    h.reset = (flags & RESET) != 0;
    data += 3;
    size -= 3;
    h.content_type = (flags & NO_TYPE) != 0 ? NULL : next_text(&data, &size);
    h.grpc_status = (flags & NO_STATUS) != 0 ? NULL : next_text(&data, &size);
    h.grpc_message = (flags & NO_MESSAGE) != 0 ? NULL : next_text(&data, &size);
    buf_init(&h.data, H2_ANSWER_MAX);
    buf_init(&answer, H2_ANSWER_MAX);
    buf_append(&h.data, data, size);
    if (rpc_judge(&h, &answer, &s) == 0) {
        check(answer.len + RPC_PREFIX_LEN == size, "all of the body is the message");
        check_task(&answer);
    } else {
        check_status(&s);
    }
    buf_release(&answer);
    h2_release(&h);
    return 0;
}
