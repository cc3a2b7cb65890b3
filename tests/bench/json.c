/*
 * json FILE: how fast lib/json reads the lines of FILE, beside jansson and libjq on the same lines in the same run.
 */
#include <errno.h>
#include <jq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../beside-jansson.h"

/* A pass over the file is repeated until this much time has gone by; the fastest one counts. */
#define MEASURE_S 1.0

struct input {
    char *data;
    size_t len;
    struct json json;
    struct buf out;
};

_Noreturn static void die(const char *what, const char *why)
{
    fprintf(stderr, "json: %s: %s\n", what, why);
    exit(1);
}

/*
 * One reader over one line of ${len} bytes.  It returns whether the line was accepted.
 */

static bool line_skip(struct input *in, const char *line, size_t len)
{
    struct err e = {0};

    json_begin(&in->json, line, len, 1);
    json_skip(&in->json, NULL);
    return json_end(&in->json, &e) == 0;
}

/* The sum of the lengths of all strings and names, so that reading them cannot be left out. */
static size_t walk(struct json *j)
{
    struct json_str v;
    size_t sum = 0;

    switch (json_peek(j)) {
    case JSON_OBJECT:
        json_object(j);
        while (json_member(j, &v))
            sum += v.len + walk(j);
        break;
    case JSON_ARRAY:
        json_array(j);
        while (json_element(j))
            sum += walk(j);
        break;
    case JSON_STRING:
        json_string(j, &v);
        sum += v.len;
        break;
    case JSON_NULL:
        json_null(j);
        break;
    default:
        json_skip(j, NULL);
    }
    return sum;
}

static bool line_walk(struct input *in, const char *line, size_t len)
{
    struct err e = {0};

    json_begin(&in->json, line, len, 1);
    return walk(&in->json) <= len && json_end(&in->json, &e) == 0;
}

static bool line_copy(struct input *in, const char *line, size_t len)
{
    struct err e = {0};

    buf_clear(&in->out);
    json_begin(&in->json, line, len, 1);
    json_copy(&in->json, &in->out);
    return json_end(&in->json, &e) == 0 && !in->out.failed;
}

static bool line_jansson(struct input *in, const char *line, size_t len)
{
    json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

    (void)in;
    json_decref(root);
    return root != NULL;
}

static bool line_libjq(struct input *in, const char *line, size_t len)
{
    jv v = jv_parse_sized(line, (int)len);
    bool valid = jv_is_valid(v);

    (void)in;
    jv_free(v);
    return valid;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The speed of ${read} over all lines in MB/s: the best of the passes. */
static double measure(struct input *in, bool (*read)(struct input *, const char *, size_t))
{
    const double start = now();
    double best = 0;

    do {
        const double begin = now();
        const char *end, *line = in->data;
        for (; (end = memchr(line, '\n', (size_t)(in->data + in->len - line))) != NULL; line = end + 1) {
            if (!read(in, line, (size_t)(end - line)))
                die("a line was refused", "the file must be valid NDJSON");
        }
        const double speed = (double)in->len / (now() - begin) / 1e6;
        if (speed > best)
            best = speed;
    } while (now() - start < MEASURE_S);
    return best;
}

static void load(struct input *in, const char *name)
{
    FILE *f = fopen(name, "rb");
    long size;

    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0)
        die(name, strerror(errno));
    if (size == 0)
        die(name, "empty");
    in->len = (size_t)size;
    in->data = malloc(in->len);
    if (in->data == NULL || fread(in->data, 1, in->len, f) != in->len)
        die(name, "cannot read it whole");
    fclose(f);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        bool (*read)(struct input *, const char *, size_t);
    } ours[] = {{"skip", line_skip}, {"walk", line_walk}, {"copy", line_copy}};
    struct input in;
    double jansson, libjq;

    if (argc != 2)
        die("usage", "json FILE");
    load(&in, argv[1]);
    json_init(&in.json, NULL);
    buf_init(&in.out, in.len);
    jansson = measure(&in, line_jansson);
    libjq = measure(&in, line_libjq);
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        double speed = measure(&in, ours[i].read);
        printf(
            "json %s: %.0f MB/s (%.1f x jansson, %.1f x libjq)\n", ours[i].name, speed, speed / jansson, speed / libjq);
    }
    printf("jansson: %.0f MB/s, libjq: %.0f MB/s\n", jansson, libjq);
    json_release(&in.json);
    buf_release(&in.out);
    free(in.data);
    return fflush(stdout) == 0 ? 0 : 1;
}
