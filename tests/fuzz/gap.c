/*
 * libFuzzer target: a gap or note line from anybody.
 *
 * What is read can be put in words, and what is written of it reads back and is written the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gap.h"

#define TEXT_MAX ((size_t)1 << 20)

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "check failed: %s\n", what);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf first, second, words;
    struct err e = {0};
    struct json j;
    struct gap g;

    json_init(&j, NULL);
    buf_init(&first, TEXT_MAX);
    buf_init(&second, TEXT_MAX);
    buf_init(&words, TEXT_MAX);
    if (gap_read(&g, &j, (const char *)data, size, 1, &e) == 0) {
        gap_describe(&words, &g);
        gap_put(&first, &g);
        check(!words.failed && !first.failed, "fits");
        check(gap_read(&g, &j, first.data, first.len, 2, &e) == 0, "what is written is read");
        gap_put(&second, &g);
        check(first.len == second.len && memcmp(first.data, second.data, first.len) == 0, "and written the same");
    } else {
        check(e.status == EX_DATAERR || e.status == EX_OSERR, "refused with a status");
    }
    buf_release(&first);
    buf_release(&second);
    buf_release(&words);
    json_release(&j);
    return 0;
}
