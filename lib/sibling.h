/*
 * sibling.h: programs of ours that start each other.
 */
#ifndef AB_SIBLING_H
#define AB_SIBLING_H

#include <limits.h>

/**
 * sibling_path(name, path):
 * Put into ${path} where the program ${name} is: beside this one, or if there is none, its name alone, to be looked for
 * on PATH.
 */
void sibling_path(const char *name, char path[PATH_MAX]);

#endif
