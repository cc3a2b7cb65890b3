#include "counts.h"

#include "uuid.h"

#include <stdlib.h>
#include <string.h>

void counts_init(struct counts *c)
{
    *c = (struct counts){0};
    pthread_mutex_init(&c->lock, NULL);
}

void counts_release(struct counts *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->paths[i].key);
    free(c->paths);
    pthread_mutex_destroy(&c->lock);
}

static bool is_id(const char *s, size_t len)
{
    char text[UUID_TEXT_LEN + 1];
    struct uuid id;

    if (len != UUID_TEXT_LEN)
        return false;
    memcpy(text, s, len);
    text[len] = '\0';
    return uuid_parse(text, &id);
}

static char *make_key(const char *method, const char *target)
{
    size_t len = strcspn(target, "?");
    struct piece key = {0};

    piece_addf(&key, "%s ", method);
    for (size_t at = 0; at < len;) {
        size_t part = target[at] == '/' ? 1 : strcspn(target + at, "/?");

        if (is_id(target + at, part))
            piece_puts(&key, "*");
        else
            piece_add(&key, target + at, part);
        at += part;
    }
    return key.data;
}

static enum counts_part part_of(const char *target)
{
    if (strncmp(target, "/api/public/", 12) == 0 || strncmp(target, "/v1/", 4) == 0)
        return COUNTS_PUBLIC;
    return strncmp(target, "/api/v1/", 8) == 0 ? COUNTS_CONFIG : COUNTS_OTHER;
}

static void rise(struct counts_level *l)
{
    if (++l->now > l->most)
        l->most = l->now;
}

/* ${key} is the list's, or freed. */
static void count(struct counts *c, char *key)
{
    size_t i = 0;

    while (i < c->n && strcmp(c->paths[i].key, key) != 0)
        i++;
    if (i < c->n) {
        free(key);
    } else {
        c->paths = piece_array(c->paths, ++c->n, sizeof(*c->paths));
        c->paths[i] = (struct counts_path){key, 0};
    }
    c->paths[i].n++;
}

void counts_connect(struct counts *c)
{
    pthread_mutex_lock(&c->lock);
    c->connections++;
    pthread_mutex_unlock(&c->lock);
}

enum counts_part counts_start(struct counts *c, const char *method, const char *target)
{
    enum counts_part part = part_of(target);
    char *key = make_key(method, target);

    pthread_mutex_lock(&c->lock);
    count(c, key);
    rise(&c->all);
    rise(&c->parts[part]);
    pthread_mutex_unlock(&c->lock);
    return part;
}

void counts_end(struct counts *c, enum counts_part part)
{
    pthread_mutex_lock(&c->lock);
    c->all.now--;
    c->parts[part].now--;
    pthread_mutex_unlock(&c->lock);
}

void counts_write(struct counts *c, struct piece *out)
{
    pthread_mutex_lock(&c->lock);
    piece_puts(out, "{\"requests\":{");
    for (size_t i = 0; i < c->n; i++) {
        piece_puts(out, i ? "," : "");
        piece_quote_bytes(out, c->paths[i].key, strlen(c->paths[i].key));
        piece_addf(out, ":%lu", c->paths[i].n);
    }
    piece_addf(out, "},\"connections\":%lu,\"in_flight\":{\"all\":%lu,\"public\":%lu,\"config\":%lu,\"other\":%lu}}",
        c->connections, c->all.most, c->parts[COUNTS_PUBLIC].most, c->parts[COUNTS_CONFIG].most,
        c->parts[COUNTS_OTHER].most);
    pthread_mutex_unlock(&c->lock);
}
