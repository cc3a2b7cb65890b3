/*
 * c1zread_engine.h: what stands behind c1zread: one table of functions for each kind of file.
 *
 * An engine turns an open file into syncs, and a sync into records of one kind in one order.  It knows its own kind of
 * file and hands out ids and whole messages; choosing a sync, times and what is done with records are not its concern.
 * c1zread.c has the list of engines and asks the one whose magic the file has.
 */
#ifndef AB_C1ZREAD_ENGINE_H
#define AB_C1ZREAD_ENGINE_H

#include "c1zread.h"

/* The syncs that an engine lists; c1zread owns and frees them. */
struct c1zread_list {
    struct c1zread_sync *syncs;
    size_t n, cap;
};

/* Texts of a sync as they are in the file, not yet checked. ${ended_at}.s is NULL for one that is not finished. */
struct c1zread_found {
    struct json_str id, started_at, ended_at, type, parent;
};

/**
 * c1zread_add(list, name, found, e):
 * Check and copy ${found}, a sync of the file ${name}, to the end of ${list}.  Return 0, or -1 with ${e} (EX_DATAERR: no
 * UTF-8, U+0000, too long, or too many; EX_OSERR).
 */
int c1zread_add(struct c1zread_list *list, const char *name, const struct c1zread_found *found, struct err *e);

/* One open file, and one walk over records of it, as an engine sees them: it puts its own struct behind these. */
struct c1zread_file;
struct c1zread_cursor;

struct c1zread_engine {
    /**
     * open(fd, name, list, e):
     * Take the file at ${fd}, of which the five bytes of magic were read, unpack what is needed of it and add its syncs
     * to ${list} in stored order.  ${name} is what errors call it, and outlives the file.  ${fd} stays the caller's, is
     * not closed before the file is, and may be no seekable file.  Return the file, or NULL with ${e}.
     */
    struct c1zread_file *(*open)(int fd, const char *name, struct c1zread_list *list, struct err *e);
    void (*close)(struct c1zread_file *f);

    /* As c1zread_rows, c1zread_next (${row} is never NULL), c1zread_message, c1zread_place and c1zread_asset say. */
    struct c1zread_cursor *(*rows)(struct c1zread_file *f, const struct c1zread_query *query, struct err *e);
    void (*rows_close)(struct c1zread_cursor *c);
    int (*next)(struct c1zread_cursor *c, struct c1zread_row *row, struct err *e);
    int (*message)(struct c1zread_cursor *c, struct arena *a, ProtobufCMessage **m, struct err *e);
    int (*place)(struct c1zread_cursor *c, struct err *e);
    int (*asset)(
        struct c1zread_file *f, const struct c1zread_sync *sync, const char *id, struct buf *data, struct err *e);
};

/* The engines for format v1 (SQLite), c1zread_v1.c, and v3 (Pebble), c1zread_v3.c. */
extern const struct c1zread_engine c1zread_v1, c1zread_v3;

#endif
