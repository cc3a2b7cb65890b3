/*
 * map.h: a raw stream into a stream of baton records.
 */
#ifndef AB_MAP_MAP_H
#define AB_MAP_MAP_H

#include "err.h"
#include "filter.h"

/* What to map with: the filter, in ${threads} threads (1 to POOL_THREADS_MAX). The output does not depend on these. */
struct map_options {
    struct filter_source filter;
    unsigned threads;
};

/**
 * map_stream(opt, in, name, out, e):
 * Read the airbyte-raw/1 stream ${in}, called ${name} in errors, and write the baton-records/1 stream to ${out}, which
 * is flushed and closed.  Return 0 only if the input was whole, every line could be mapped and every byte was taken;
 * else -1 with ${e} as filter_new, frame_next, filter_run or out_close.  What came before the line that failed has then
 * been written, without an end line.
 */
int map_stream(const struct map_options *opt, int in, const char *name, int out, struct err *e);

#endif
