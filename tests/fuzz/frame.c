/*
 * libFuzzer target: a framed stream from anybody.
 *
 * What is read as finished has the counts of what was given out, and stages that, written into a begin line, are read
 * back the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "frame.h"

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "check failed: %s\n", what);
    abort();
}

static int file_of(const void *data, size_t len)
{
    int fd = memfd_create("stream", MFD_CLOEXEC);

    check(fd >= 0 && write(fd, data, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0, "a file of the input");
    return fd;
}

/* Read ${fd} to its end, and put the stages into ${stages}. Return whether the input is a finished stream. */
static bool read_stream(int fd, struct buf *stages)
{
    struct frame_reader r;
    struct err e = {0};
    struct frame f;
    uint64_t given = 0, gaps = 0;
    int more;

    frame_open(&r, fd, "in", FRAME_RAW, false);
    while ((more = frame_next(&r, &f, &e)) > 0) {
        given += f.kind != FRAME_BEGIN;
        gaps += f.kind == FRAME_GAP;
        check(f.line >= given && memchr(f.text, '\n', f.len) == NULL, "a line");
    }
    check((more < 0) == (e.status != 0), "status and error agree");
    check(given == r.records && gaps == r.gaps, "the counts are those of the lines");
    stages_put(stages, &r.stages);
    frame_close(&r);
    close(fd);
    return more == 0;
}

static void check_again(const struct buf *stages)
{
    struct buf text, again;

    buf_init(&text, LINE_MAX_BYTES);
    buf_init(&again, LINE_MAX_BYTES);
    buf_puts(&text, "{\"stream\":\"begin\",\"schema\":\"" FRAME_RAW "\",\"source\":\"s\",\"stages\":");
    buf_append(&text, stages->data, stages->len);
    buf_puts(&text, "}\n{\"stream\":\"end\",\"records\":0}\n");
    check(read_stream(file_of(text.data, text.len), &again), "what was written is read");
    check(again.len == stages->len && memcmp(again.data, stages->data, again.len) == 0, "the same stages again");
    buf_release(&again);
    buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf stages;

    buf_init(&stages, LINE_MAX_BYTES);
    if (read_stream(file_of(data, size), &stages))
        check_again(&stages);
    buf_release(&stages);
    return 0;
}
