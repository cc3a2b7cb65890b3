#include "reqlog.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add_member(struct piece *t, const char *name, const char *value)
{
    piece_addf(t, ",\"%s\":", name);
    if (value)
        piece_quote_bytes(t, value, strlen(value));
    else
        piece_puts(t, "null");
}

static void add_body(struct piece *t, const struct piece *body)
{
    json_t *value = json_loadb(body->data, body->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    char *compact = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    piece_puts(t, ",\"body\":");
    if (compact)
        piece_puts(t, compact);
    else
        piece_quote_bytes(t, body->data, body->len);
    free(compact);
    json_decref(value);
}

int reqlog_write(int fd, const struct reqlog_entry *e)
{
    struct piece line = {0};
    ssize_t n;

    piece_addf(&line, "{\"n\":%lu", e->n);
    add_member(&line, "method", e->method);
    add_member(&line, "path", e->path);
    add_member(&line, "query", e->query);
    piece_addf(&line, ",\"status\":%u", e->status);
    add_member(&line, "user_agent", e->user_agent);
    if (e->body && e->body->len > 0 && !strstr(e->path, "/token"))
        add_body(&line, e->body);
    if (e->proxied)
        piece_puts(&line, ",\"proxied\":true");
    piece_addf(&line, ",\"token\":%zu}\n", e->token);
    do
        n = write(fd, line.data, line.len);
    while (n < 0 && errno == EINTR);
    if (n >= 0 && (size_t)n < line.len) {
        errno = ENOSPC;
        n = -1;
    }
    piece_release(&line);
    return n < 0 ? -1 : 0;
}
