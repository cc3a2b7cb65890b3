#include "number.h"

#include <stddef.h>

const char *number_digits(const char *text, int64_t max, int64_t *n)
{
    const char *at = text;
    int64_t value = 0;

    for (; *at >= '0' && *at <= '9'; at++) {
        int64_t digit = *at - '0';

        if (value > max / 10 || value * 10 > max - digit)
            return NULL;
        value = value * 10 + digit;
    }
    if (at == text)
        return NULL;
    *n = value;
    return at;
}

int number_parse(const char *text, int64_t min, int64_t max, int64_t *n)
{
    int64_t value;
    const char *end = number_digits(text, max, &value);

    if (end == NULL || *end != '\0' || value < min)
        return -1;
    *n = value;
    return 0;
}
