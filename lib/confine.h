/*
 * confine.h: a program gives up, for good, what it does not need, before it reads anything from outside.
 *
 * The kernel then refuses what a filter, a damaged file or a hostile answer might make it try: files by Landlock, the
 * network, other programs and other processes by seccomp (Landlock as well, where it can).  A kernel without one of the
 * two refuses less, and nothing else changes: no program depends on being confined.
 *
 * What each program keeps is one table, confine_table; docs/DESIGN.md shows it as confine_print prints it.
 */
#ifndef AB_CONFINE_H
#define AB_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* What a program may keep besides its open descriptors and its memory. */
enum {
    CONFINE_NETWORK = 1, /* make sockets, and read what name look-ups and TLS need: /etc, /usr, /lib*, /run */
    CONFINE_STARTER = 2, /* another process of it, forked before it gave up its rights, starts programs for it */
};

/*
 * One program.
 *   tool     its name
 *   confined false: it starts other programs itself and gives up nothing
 *   keeps    CONFINE_* bits
 *   reads    the files that it may open for reading, in words; NULL: none
 *   writes   the files that it may make, write, rename and remove, in words; NULL: none
 */
struct confine_row {
    const char *tool;
    bool confined;
    unsigned keeps;
    const char *reads, *writes;
};

extern const struct confine_row confine_table[];
extern const size_t confine_rows;

/* Rights in the making.  ${ruleset} is Landlock's descriptor, -1 where there is none. */
struct confine {
    const struct confine_row *row;
    int ruleset;
};

/**
 * confine_begin(c, tool):
 * Start with no files, but for those that the row of ${tool} implies.  ${tool} must be in the table and confined.
 */
void confine_begin(struct confine *c, const char *tool);

/* Keep reading ${path}: the file, or all beneath the folder.  NULL and what is not there are passed over. */
void confine_read(struct confine *c, const char *path);

/* Keep reading and writing ${path}, which is there, a device for one. */
void confine_use(struct confine *c, const char *path);

/* Keep making, reading, writing, renaming and removing files in the folder ${dir} and below.  As above. */
void confine_write(struct confine *c, const char *dir);

/**
 * confine_enter(c):
 * Give everything else up, in this thread and those that it starts from now on: call it before the first other one.  It
 * holds until the process ends.  May be called for several ${c}, one after the other: what is left is what all allow.
 * Does nothing in programs built with sanitizers, whose run-time needs more than any program here.
 */
void confine_enter(struct confine *c);

/* All of this for a program with at most one ${file} to read and one folder ${dir} to write in; NULL for none. */
void confine_self(const char *tool, const char *file, const char *dir);

/* Append the table as Markdown. */
void confine_print(struct buf *out);

#endif
