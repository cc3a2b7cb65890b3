#include "words.h"

#include <string.h>

bool words_next(const char **list, const char **word, size_t *len)
{
    const char *start = *list + strspn(*list, ", \t");
    size_t n = strcspn(start, ",");

    *list = start + n;
    *word = start;
    while (n > 0 && (start[n - 1] == ' ' || start[n - 1] == '\t'))
        n--;
    *len = n;
    return n > 0;
}

bool words_have(const char *list, const char *word, size_t len)
{
    const char *other;
    size_t other_len;

    while (words_next(&list, &other, &other_len))
        if (other_len == len && memcmp(other, word, len) == 0)
            return true;
    return false;
}
