#include "release.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name, *version;
} releases[] = {
    [RELEASE_1_0] = {"1.0", "1.0.0"},
    [RELEASE_1_8] = {"1.8", "1.8.0"},
    [RELEASE_2_0] = {"2.0", "2.0.0"},
    [RELEASE_2_1] = {"2.1", "2.1.0"},
    [RELEASE_HEAD] = {"head", "2.2.0"},
};

bool release_parse(const char *name, enum release *r)
{
    for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++)
        if (strcmp(releases[i].name, name) == 0) {
            *r = (enum release)i;
            return true;
        }
    return false;
}

const char *release_version(enum release r)
{
    return releases[r].version;
}
