/*
 * nearest.h: what somebody who mistyped a word may have meant.
 */
#ifndef AB_NEAREST_H
#define AB_NEAREST_H

#include <stddef.h>

/* A longer word is no mistyped one. */
#define NEAREST_WORD_MAX 40

/**
 * nearest_steps(a, a_len, b):
 * How many letters must be changed, added, taken away or swapped with their neighbour to make ${b} of the ${a_len} bytes at
 * ${a}; more than either is long if one of them is longer than NEAREST_WORD_MAX.
 */
unsigned nearest_steps(const char *a, size_t a_len, const char *b);

/* The search for the choice that is nearest to ${word}, ${len} bytes of it; start with the rest zero. */
struct nearest {
    const char *word;
    size_t len;
    const char
        *found;     /* the nearest so far, or NULL if none is near: at most three letters, and a third of them, wrong */
    unsigned steps; /* how near */
};

/* Offer ${choice}, which outlives ${n}. */
void nearest_offer(struct nearest *n, const char *choice);

#endif
