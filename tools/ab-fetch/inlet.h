/*
 * inlet.h: a raw stream on standard input: it passes through, and what is fetched goes between its lines where the
 * order of ab-raw(5) wants it.
 */
#ifndef AB_FETCH_INLET_H
#define AB_FETCH_INLET_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "plan.h"
#include "rawline.h"
#include "tree.h"

/* Open levels: the root, and at most one of each. */
#define INLET_DEPTH (LEVEL_COUNT + 1)

/*
 * One thing that is open: lines of what stands beneath it may follow.
 *   resource      what it is, RESOURCE_NONE for the root
 *   scope         the ids that lines beneath it bear
 *   index         the number of its id (known.h)
 *   last          the resource of the last line directly beneath it
 *   next          what is fetched beneath it has been put in up to, but without, this resource
 *   repeated      it was in the stream before: nothing is fetched beneath it once more
 */
struct inlet_level {
    enum resource resource;
    struct scope scope;
    uint32_t index;
    enum resource last, next;
    bool repeated;
};

/* ${source}: what the begin line must name, NULL for anything. ${finished}: the input has ended as it should. */
struct inlet {
    struct frame_reader reader;
    struct json json;
    const char *source;
    struct plan *plan;
    struct known *known;
    struct survey *survey;
    struct tree *tree;
    struct sink *sink;
    bool ordered;
    struct inlet_level level[INLET_DEPTH];
    unsigned depth;
    bool finished;
};

/**
 * inlet_open(in, fd, source, plan, known, survey, tree, sink):
 * Begin to read ${fd}.  The other arguments stay the caller's and outlive ${in}.  What came on the input is noted in
 * ${plan}->carried.  If nothing but users is asked for, lines go straight to ${sink}, in whatever order.
 */
void inlet_open(struct inlet *in, int fd, const char *source, struct plan *plan, struct known *known,
    struct survey *survey, struct tree *tree, struct sink *sink);
void inlet_close(struct inlet *in);

/*
 * Whether more should be read now: not when the tree is full, unless workspaces are to be fetched, whose place is known
 * only when all organizations are (survey.h).
 */
bool inlet_wants(const struct inlet *in);

/**
 * inlet_read(in, e):
 * Read the begin line, or one further line, waiting for it, and then those that have already arrived and are wanted.
 * Return 0, or -1 with ${e}: as frame_next, and EX_DATAERR for lines that are none of a raw stream, stand out of order, are of a
 * resource that is to be fetched, or come from another source.
 */
int inlet_read(struct inlet *in, struct err *e);

/* Whether a whole line has arrived. */
bool inlet_ready(const struct inlet *in);

/* The startedAt of the input's begin line, or NULL as long as that has not been read. */
const char *inlet_started_at(const struct inlet *in);

#endif
