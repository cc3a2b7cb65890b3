/*
 * words.h: lists of words with commas between, as options have them.
 */
#ifndef C1Z_PACK_WORDS_H
#define C1Z_PACK_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the NUL-terminated ${list} has the ${len} bytes at ${word}. Blanks around a word do not count. */
bool words_have(const char *list, const char *word, size_t len);

/* Take the next word of ${*list}: whether there was one; it is ${*len} bytes at ${*word}, without blanks around it. */
bool words_next(const char **list, const char **word, size_t *len);

#endif
