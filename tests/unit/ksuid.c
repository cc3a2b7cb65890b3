/* Ids of syncs: the vectors of reference/c1z-format.md section 4.9, and what is no id. */
#include "ksuid.h"

#include <string.h>

#include "tap.h"

struct vector {
    const char *text;
    time_t when;
    uint8_t chance[KSUID_RANDOM_LEN];
};

static const struct vector vectors[] = {
    {"0ujtsYcgvSTl8PAuAdqWYSMnLOv", 1507608047,
        {0xB5, 0xA1, 0xCD, 0x34, 0xB5, 0xF9, 0x9D, 0x11, 0x54, 0xFB, 0x68, 0x53, 0x34, 0x5C, 0x97, 0x35}},
    {"36zfOAoWMxQdISbixanQCRBiX7E", 1766014285,
        {0xaf, 0x33, 0x8b, 0xdc, 0x69, 0x1a, 0x09, 0xa1, 0x5e, 0x20, 0xce, 0x86, 0x25, 0x56, 0x90, 0x34}},
    {"3ARefY5G8eOytquwYgm41Nq07IZ", 1772559913,
        {0xa1, 0x8c, 0x3c, 0x45, 0x04, 0x78, 0x1b, 0xcc, 0x62, 0x67, 0x4a, 0x43, 0x3b, 0x69, 0xfc, 0x3b}},
    {"000000000000000000000000000", 1400000000, {0}},
    {"aWgEPTl1tmebfsQzFP4bxwgy80V", (time_t)1400000000 + UINT32_MAX,
        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
};

static const char *const not_ids[] = {
    "",
    "00000000000000000000000000",
    "0000000000000000000000000000",
    "00000000000000000000000000-",
    "0ujtsYcgvSTl8PAuAdqWYSMnLO\xc3",
    "aWgEPTl1tmebfsQzFP4bxwgy80W",
    "zzzzzzzzzzzzzzzzzzzzzzzzzzz",
};

int main(void)
{
    uint8_t none[KSUID_RANDOM_LEN] = {0};
    char text[KSUID_LEN + 1], later[KSUID_LEN + 1];

    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        ksuid_format(text, vectors[i].when, vectors[i].chance);
        tap_ok(strcmp(text, vectors[i].text) == 0, vectors[i].text);
        tap_ok(ksuid_valid(text), "and it is an id");
    }
    for (size_t i = 0; i < sizeof(not_ids) / sizeof(not_ids[0]); i++)
        tap_ok(!ksuid_valid(not_ids[i]), "not an id");
    ksuid_format(text, 0, none);
    tap_ok(strcmp(text, vectors[3].text) == 0, "a time before the epoch is the epoch");
    ksuid_format(text, (time_t)1 << 40, vectors[4].chance);
    tap_ok(strcmp(text, vectors[4].text) == 0, "a time after the last one is the last one");
    ksuid_format(text, 1772559913, vectors[4].chance);
    ksuid_format(later, 1772559914, none);
    tap_ok(strcmp(text, later) < 0, "text order is time order");
    return tap_done();
}
