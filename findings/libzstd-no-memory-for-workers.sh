#!/usr/bin/env bash
# libzstd 1.5.4 (Debian 12) dies of SIGSEGV, in place of returning ZSTD_error_memory_allocation, when memory runs out while
# it makes the workers of a stream (ZSTD_c_nbWorkers of 1 or more). With a pledged size of at most 512 KiB, or all of the
# input in the first call with ZSTD_e_end, it makes no workers and is fine, so that small files do not show it.
#
# Compiles a few lines that begin such a stream with an allocator of their own, whose Nth call fails, for each N; needs cc
# and libzstd-dev. Fails when no N ends in a signal any more.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/fail.c" <<'EOF'
#define ZSTD_STATIC_LINKING_ONLY
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

static int left;

static void *get(void *unused, size_t n)
{
    (void)unused;
    return --left == 0 ? NULL : malloc(n);
}

static void put(void *unused, void *p)
{
    (void)unused;
    free(p);
}

/* Begin a stream with one worker; the Nth allocation fails. */
static void begin(int n)
{
    static char in[512], out[1 << 17];
    ZSTD_customMem memory = {get, put, NULL};
    ZSTD_inBuffer i = {in, sizeof(in), 0};
    ZSTD_outBuffer o = {out, sizeof(out), 0};
    ZSTD_CCtx *c;

    left = n;
    c = ZSTD_createCCtx_advanced(memory);
    if (c == NULL)
        return;
    ZSTD_CCtx_setParameter(c, ZSTD_c_nbWorkers, 1);
    ZSTD_compressStream2(c, &o, &i, ZSTD_e_continue);
}

int main(void)
{
    int died = 0;

    printf("zstd %s\n", ZSTD_versionString());
    for (int n = 1; n <= 20; n++) {
        int status;

        fflush(stdout);
        if (fork() == 0) {
            begin(n);
            _exit(0);
        }
        wait(&status);
        if (WIFSIGNALED(status)) {
            printf("allocation %d fails: signal %d\n", n, WTERMSIG(status));
            died++;
        }
    }
    return died == 0;
}
EOF
cc -o "$work/fail" "$work/fail.c" -lzstd
"$work/fail" || { echo "the behaviour has changed"; exit 1; }
