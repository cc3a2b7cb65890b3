/*
 * prompt.h: a secret, typed at a terminal.
 */
#ifndef AB_PROMPT_H
#define AB_PROMPT_H

#include <stddef.h>
#include <sys/types.h>

/**
 * prompt_read(fd, text, size):
 * Ask at the terminal ${fd} for the client secret and read one line of at most ${size} bytes from it, which does not
 * show on the screen.  Return its length, with its line feed, 0 at the end of the input, or -1 with errno.  The terminal
 * shows what is typed again afterwards, also if a signal ends the program meanwhile.
 */
ssize_t prompt_read(int fd, char *text, size_t size);

#endif
