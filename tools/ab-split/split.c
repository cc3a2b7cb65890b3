#include "split.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frame.h"
#include "grow.h"
#include "newfile.h"
#include "tempfile.h"
#include "workdir.h"

#define UNITS_MAX ((size_t)10000000)
#define BLOCK 65536

/* What cannot be cut: an organization and all that stands beneath it. It begins at ${at}, in bytes of the kept lines. */
struct unit {
    uint64_t at, lines, gaps;
};

/*
 * A stream being cut.  ${kept} has its lines, without frames, and ${len} bytes so far.  ${unit}[0] is what stands before
 * the first organization, and is there always.
 */
struct split {
    const struct split_options *o;
    struct frame_reader in;
    struct json json;
    struct out kept;
    uint64_t len;
    struct unit *unit;
    size_t n, cap;
    bool workspaces;
    struct workdir dir;
};

static int add_unit(struct split *s, struct err *e)
{
    struct unit *grown = grow_array(s->unit, &s->cap, s->n + 1, UNITS_MAX, sizeof(*s->unit));

    if (grown == NULL)
        return err_set(e, EX_OSERR, "no memory for %zu organizations", s->n);
    s->unit = grown;
    s->unit[s->n++] = (struct unit){.at = s->len};
    return 0;
}

/* The resource that a line names, into ${name}, which is valid until the next line. */
static int read_resource(struct split *s, const struct frame *f, struct json_str *name, struct err *e)
{
    struct json_str member;

    *name = (struct json_str){0};
    json_begin(&s->json, f->text, f->len, f->line);
    json_object(&s->json);
    while (json_member(&s->json, &member))
        if (json_eq(member, "resource"))
            json_string(&s->json, name);
        else
            json_skip(&s->json, NULL);
    return json_end(&s->json, e) < 0 ? err_context(e, "%s", s->in.lines.name) : 0;
}

static int take_line(struct split *s, const struct frame *f, struct err *e)
{
    struct json_str resource = {0};

    if (f->kind == FRAME_DATA && read_resource(s, f, &resource, e) < 0)
        return -1;
    if (json_eq(resource, "organization") && add_unit(s, e) < 0)
        return -1;
    s->workspaces = s->workspaces || json_eq(resource, "workspace");
    s->unit[s->n - 1].lines++;
    s->unit[s->n - 1].gaps += f->kind == FRAME_GAP;
    s->len += f->len + 1;
    return out_line(&s->kept, f->text, f->len, e);
}

/* Without its workspaces an organization is no unit: which there are is known when all organizations have been asked. */
static int check_workspaces(const struct split *s, struct err *e)
{
    bool asked =
        stages_tell(&s->in.stages, "ab-fetch") ? stages_asked(&s->in.stages, "ab-fetch", "workspace") : s->workspaces;

    if (asked)
        return 0;
    return err_set(
        e, EX_DATAERR, "%s: has no workspaces: fetch organization and workspace before it is split", s->in.lines.name);
}

static int read_stream(struct split *s, struct err *e)
{
    struct frame f;
    int r;

    if (add_unit(s, e) < 0)
        return -1;
    while ((r = frame_next(&s->in, &f, e)) > 0)
        if (f.kind != FRAME_BEGIN && take_line(s, &f, e) < 0)
            return -1;
    if (r < 0 || check_workspaces(s, e) < 0)
        return -1;
    return out_flush(&s->kept, e);
}

/* Write the kept bytes from ${at} up to ${end}. */
static int copy_kept(const struct split *s, struct out *to, uint64_t at, uint64_t end, struct err *e)
{
    char block[BLOCK];

    while (at < end) {
        ssize_t n = pread(s->kept.fd, block, end - at < BLOCK ? (size_t)(end - at) : BLOCK, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? err_sys(e, EX_IOERR, "cannot read a temporary file")
                         : err_set(e, EX_IOERR, "a temporary file is shorter than what was written");
        if (out_write(to, block, (size_t)n, e) < 0)
            return -1;
        at += (uint64_t)n;
    }
    return 0;
}

/* Write units ${from} up to but without ${to} as one stream to ${out}. */
static int put_units(const struct split *s, struct out *out, size_t from, size_t to, struct err *e)
{
    uint64_t lines = 0, gaps = 0;

    for (size_t i = from; i < to; i++) {
        lines += s->unit[i].lines;
        gaps += s->unit[i].gaps;
    }
    if (frame_begin(out, FRAME_RAW, s->in.source, s->in.started_at, &s->in.stages, e) < 0 ||
        copy_kept(s, out, s->unit[from].at, to < s->n ? s->unit[to].at : s->len, e) < 0 ||
        frame_end(out, lines, gaps, NULL, e) < 0)
        return -1;
    if (out_flush(out, e) < 0)
        return -1;
    return fsync(out->fd) == 0 ? 0 : err_sys(e, EX_IOERR, "cannot synchronise '%s'", out->name);
}

static int write_part(const struct split *s, unsigned number, size_t from, size_t to, struct err *e)
{
    struct out out;
    char *path;
    int fd, r = -1;

    if (asprintf(&path, "%s/part-%03u.ndjson", s->dir.path, number) < 0)
        return err_set(e, EX_OSERR, "no memory");
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_sys(e, EX_CANTCREAT, "cannot create '%s'", path);
    } else {
        out_init(&out, fd, path);
        r = put_units(s, &out, from, to, e);
        if (r == 0)
            r = out_close(&out, e);
        else
            close(fd);
        out_release(&out);
    }
    free(path);
    return r;
}

/* Where a part that begins with unit ${from} ends, ${left} parts and ${lines} lines being left from there on. */
static size_t end_of_part(const struct split *s, size_t from, unsigned left, uint64_t lines)
{
    uint64_t share = lines / left, sum = 0;
    size_t to = from;

    if (left == 1)
        return s->n;
    do
        sum += s->unit[to++].lines;
    while (to < s->n && sum + s->unit[to].lines / 2 <= share);
    return to;
}

static int write_parts(const struct split *s, struct err *e)
{
    unsigned number = 0, left = s->o->parts;
    uint64_t lines = s->in.records;

    for (size_t from = 0; from < s->n || number == 0; left--) {
        /* What stands before the first organization is no part of its own. */
        size_t to = end_of_part(s, from, left, lines);

        if (from == 0 && to == 1 && s->n > 1)
            to = 2;
        if (write_part(s, number++, from, to, e) < 0)
            return -1;
        for (; from < to; from++)
            lines -= s->unit[from].lines;
    }
    return 0;
}

/* The folder in which ${path} stands, and its last name; both owned. Return 0, or -1 with ${e}. */
static int divide_path(const char *path, char **base, char **name, struct err *e)
{
    char *for_base = strdup(path), *for_name = strdup(path);

    *base = for_base != NULL ? strdup(dirname(for_base)) : NULL;
    *name = NULL;
    if (for_name != NULL && asprintf(name, ".%s.split-", basename(for_name)) < 0)
        *name = NULL;
    free(for_base);
    free(for_name);
    return *base != NULL && *name != NULL ? 0 : err_set(e, EX_OSERR, "no memory");
}

/* The folder with all parts takes the place of the empty one, or of none. */
static int publish_folder(struct split *s, const char *base, struct err *e)
{
    if (fsync(s->dir.fd) < 0 && errno != EINVAL && errno != ENOTSUP)
        return err_sys(e, EX_IOERR, "cannot synchronise '%s'", s->dir.path);
    if (rename(s->dir.path, s->o->dir) < 0)
        return err_sys(e, EX_CANTCREAT, "cannot make the folder '%s'", s->o->dir);
    workdir_forget(&s->dir);
    return newfile_sync_folder(base, e);
}

static int write_folder(struct split *s, struct err *e)
{
    char *base, *prefix;
    int r = divide_path(s->o->dir, &base, &prefix, e);

    if (r == 0) {
        workdir_sweep(base, prefix);
        r = workdir_make(&s->dir, base, prefix, e);
    }
    if (r == 0)
        r = write_parts(s, e);
    if (r == 0)
        r = publish_folder(s, base, e);
    workdir_remove(&s->dir);
    free(base);
    free(prefix);
    return r;
}

static int split_input(struct split *s, int fd, struct err *e)
{
    int kept = tempfile_nameless(tempfile_dir(), e), r;

    if (kept < 0)
        return -1;
    frame_open(&s->in, fd, strcmp(s->o->input, "-") == 0 ? "standard input" : s->o->input, FRAME_RAW, false);
    json_init(&s->json, NULL);
    out_init(&s->kept, kept, "a temporary file");
    r = read_stream(s, e);
    if (r == 0)
        r = write_folder(s, e);
    out_release(&s->kept);
    close(kept);
    json_release(&s->json);
    frame_close(&s->in);
    free(s->unit);
    return r;
}

int split_run(const struct split_options *o, struct err *e)
{
    struct split s = {.o = o, .dir = {.fd = -1}};
    int fd = strcmp(o->input, "-") == 0 ? STDIN_FILENO : open(o->input, O_RDONLY | O_CLOEXEC), r;

    if (fd < 0)
        return err_sys(e, EX_NOINPUT, "cannot open '%s'", o->input);
    r = split_input(&s, fd, e);
    if (fd != STDIN_FILENO)
        close(fd);
    return r;
}
