/* How many syncs stay: the option, then the variables, then two. */
#include "c1z-pack/retain.h"

#include <stdlib.h>

#include "log.h"
#include "tap.h"

static const struct {
    int keep;
    const char *count, *skip;
    int limit;
    const char *what;
} cases[] = {
    {0, "", "", 2, "nothing said"},
    {5, "7", "true", 5, "the option wins"},
    {0, "7", "", 7, "the variable"},
    {0, "7", "1", 0, "no clean-up: all"},
    {0, "7", "yes", 7, "what is not true is false"},
    {0, "0", "", 2, "not a number of syncs"},
    {0, "-3", "", 2, "nor this"},
    {0, "many", "", 2, "nor this"},
    {0, "99999999999", "", 2, "nor this"},
};

int main(void)
{
    struct err e = {0};

    log_init("retain");
    log_set_level("error", &e);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setenv("BATON_KEEP_SYNC_COUNT", cases[i].count, 1);
        setenv("BATON_SKIP_CLEANUP", cases[i].skip, 1);
        tap_ok(retain_limit(cases[i].keep) == cases[i].limit, cases[i].what);
    }
    return tap_done();
}
