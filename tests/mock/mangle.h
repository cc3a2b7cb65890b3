/*
 * mangle.h: changes to the text of an answer that make it a bad one. What finds nothing to change changes nothing.
 */
#ifndef MOCK_MANGLE_H
#define MOCK_MANGLE_H

#include "piece.h"

/* Leave out the elements of the first array that have ${part} in them. */
void mangle_omit(struct piece *t, const char *part);

/* Give the first member called ${name} another name. */
void mangle_without(struct piece *t, const char *name);

/* Change each id that ${asked} names: its first digit becomes another one. */
void mangle_ids(struct piece *t, const char *asked);

/* Let the link to the next page lead to ${url}. */
void mangle_next(struct piece *t, const char *url);

/* Put a byte that is not UTF-8 into the first value that is a string. */
void mangle_utf8(struct piece *t);

/* Let the first member of the first object in an array come twice, or that of the object that is all. */
void mangle_duplicate(struct piece *t);

/* Let the outermost object, or the array, begin with ${n} arrays in one another. */
void mangle_deep(struct piece *t, unsigned long n);

/* Compress, or rather pack as a gzip stream that is no smaller, followed by ${spaces} spaces that take next to nothing. */
void mangle_gzip(struct piece *t, unsigned long spaces);

#endif
