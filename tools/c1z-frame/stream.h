/*
 * stream.h: the lines of a command as a framed stream of baton records.
 */
#ifndef C1Z_FRAME_STREAM_H
#define C1Z_FRAME_STREAM_H

#include "err.h"

/* The longest source of a begin line that other stages take, in bytes. */
#define STREAM_SOURCE_MAX 4096

/**
 * stream_run(source, argv, e):
 * Run ${argv} and print a begin line that names ${source}, the lines that it prints, and, when it has closed its output
 * and ended with 0, the end line; then close standard output.  The lines are not looked at beyond this: none is empty,
 * a frame line, or without its line feed.  Return 0, or -1 with ${e}, and no end line was written: EX_DATAERR for such a
 * line, else as command_start and command_wait; EX_IOERR.
 */
int stream_run(const char *source, char *const *argv, struct err *e);

#endif
