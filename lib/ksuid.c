#include "ksuid.h"

#include <string.h>

#define KSUID_BYTES 20
#define KSUID_EPOCH 1400000000
#define BASE 62

/* In the order of ASCII, which makes text order the order of the numbers. */
static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The text of 20 bytes of 0xff: the greatest id. Ids of equal length compare as text as they do as numbers. */
static const char greatest[] = "aWgEPTl1tmebfsQzFP4bxwgy80V";

static uint32_t seconds_of(time_t when)
{
    if (when < KSUID_EPOCH)
        return 0;
    if (when - KSUID_EPOCH > UINT32_MAX)
        return UINT32_MAX;
    return (uint32_t)(when - KSUID_EPOCH);
}

void ksuid_format(char text[KSUID_LEN + 1], time_t when, const uint8_t chance[KSUID_RANDOM_LEN])
{
    uint32_t seconds = seconds_of(when);
    uint8_t n[KSUID_BYTES];

    for (int i = 0; i < 4; i++)
        n[i] = (uint8_t)(seconds >> (24 - 8 * i));
    memcpy(n + 4, chance, KSUID_RANDOM_LEN);
    for (int pos = KSUID_LEN - 1; pos >= 0; pos--) {
        unsigned rest = 0;

        for (int i = 0; i < KSUID_BYTES; i++) {
            unsigned v = rest * 256 + n[i];

            n[i] = (uint8_t)(v / BASE);
            rest = v % BASE;
        }
        text[pos] = alphabet[rest];
    }
    text[KSUID_LEN] = '\0';
}

bool ksuid_valid(const char *text)
{
    return strlen(text) == KSUID_LEN && strspn(text, alphabet) == KSUID_LEN && strcmp(text, greatest) <= 0;
}
