#include "pace.h"

#include "setting.h"

static int64_t pace = 1;

int pace_init(struct err *e)
{
    return setting_number("C1_SERVE_PACE", "times the usual speed", 1, PACE_MAX, &pace, e) < 0 ? -1 : 0;
}

int64_t pace_ms(int64_t ms)
{
    return ms <= 0 ? 0 : ms < pace ? 1 : ms / pace;
}
