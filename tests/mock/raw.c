#include "raw.h"

#include "server.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* Of one line of a flood. */
#define LINE_LEN 1000

/* A client that hangs is left alone after this time. */
#define STALL_MS 600000

/* Return whether all was sent. */
static bool send_all(int fd, const char *s, size_t len)
{
    while (len > 0) {
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        ssize_t n;

        if (poll(&ready, 1, STALL_MS) <= 0 && errno != EINTR)
            return false;
        n = send(fd, s, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (n > 0) {
            s += n;
            len -= (size_t)n;
        }
    }
    return true;
}

/* Lines of headers or trailers, ${bytes} of them and the rest of the last line. */
static bool send_flood(int fd, unsigned long bytes)
{
    char line[LINE_LEN];

    memset(line, 'x', sizeof(line));
    memcpy(line, "X-Flood: ", 9);
    memcpy(line + sizeof(line) - 2, "\r\n", 2);
    for (unsigned long sent = 0; sent < bytes; sent += sizeof(line))
        if (!send_all(fd, line, sizeof(line)))
            return false;
    return true;
}

static bool send_slowly(struct server *s, int fd, const struct piece *body, unsigned long ms)
{
    for (size_t i = 0; i < body->len; i++) {
        if (!send_all(fd, body->data + i, 1))
            return false;
        if (!server_wait(s, ms))
            return false;
    }
    return true;
}

static void add_head(struct piece *head, const struct response *a, bool chunked, const struct fault_met *met)
{
    piece_addf(head, "HTTP/1.1 %u -\r\nContent-Type: %s\r\n", a->status, a->type);
    if (chunked)
        piece_puts(head, "Transfer-Encoding: chunked\r\n");
    else
        piece_addf(head, "Content-Length: %zu\r\n", a->body.len);
    for (size_t i = 0; i < met->n; i++)
        if (met->list[i]->kind == FAULT_HEADER)
            piece_addf(head, "%s\r\n", met->list[i]->word);
}

static bool send_body(struct server *s, int fd, const struct response *a, const struct fault *f)
{
    struct piece chunk = {0};
    bool sent;

    switch (f->kind) {
    case FAULT_DRIP:
        return send_slowly(s, fd, &a->body, f->number);
    case FAULT_STALL:
        return send_all(fd, a->body.data, a->body.len / 2) && server_wait(s, STALL_MS);
    case FAULT_TRAILERS:
        if (a->body.len > 0)
            piece_addf(&chunk, "%zx\r\n%s\r\n", a->body.len, a->body.data);
        piece_puts(&chunk, "0\r\n");
        sent = send_all(fd, chunk.data, chunk.len) && send_flood(fd, f->number) && send_all(fd, "\r\n", 2);
        piece_release(&chunk);
        return sent;
    default:
        return send_all(fd, a->body.data, a->body.len);
    }
}

void raw_send(struct server *s, int fd, const struct response *a, const struct fault *f, const struct fault_met *met)
{
    struct piece head = {0};

    add_head(&head, a, f->kind == FAULT_TRAILERS, met);
    if (send_all(fd, head.data, head.len) && (f->kind != FAULT_HEADERS || send_flood(fd, f->number)) &&
        send_all(fd, "\r\n", 2))
        send_body(s, fd, a, f);
    piece_release(&head);
}
