/*
 * How many calls at a time an API is given after it has asked for less.
 */
#include "ab-fetch/lane.h"

#include "tap.h"

/* Answers that come one by one until a call more is given. */
static unsigned answers_until_more(struct lane *l)
{
    unsigned before = l->limit, n = 0;

    while (l->limit == before && n < 1000) {
        lane_recover(l);
        n++;
    }
    return n;
}

static void check_halving(void)
{
    struct lane l;

    lane_init(&l, 8);
    tap_ok(lane_ease_off(&l, 1000, 900, -1) && l.limit == 4, "8 calls become 4");
    tap_ok(!lane_ease_off(&l, 1010, 950, -1) && l.limit == 4, "those under way together halve once");
    tap_ok(lane_ease_off(&l, 1100, 1020, -1) && l.limit == 2, "one that was sent since halves again");
    lane_ease_off(&l, 1200, 1150, -1);
    tap_ok(lane_ease_off(&l, 1300, 1250, -1) && l.limit == 1, "one call is always left");
    l.running = 1;
    tap_ok(!lane_room(&l, 2000), "no second beside it");
    l.running = 0;
    tap_ok(lane_room(&l, 2000), "it may begin");
}

static void check_recovery(void)
{
    struct lane l;

    lane_init(&l, 8);
    for (int i = 0; i < 100; i++)
        lane_recover(&l);
    tap_ok(l.limit == 8, "good answers give no more than there was");
    lane_ease_off(&l, 1000, 900, -1);
    tap_ok(answers_until_more(&l) == 8 && l.limit == 5, "8 answers give one back, whatever came before");
    for (int i = 0; i < 7; i++)
        lane_recover(&l);
    lane_ease_off(&l, 3000, 2900, -1);
    tap_ok(l.limit == 2 && answers_until_more(&l) == 8, "they are counted from the last halving on");
    for (int i = 0; i < 100; i++)
        lane_recover(&l);
    tap_ok(l.limit == 8, "in the end all are back");
}

static void check_waiting(void)
{
    struct lane l;

    lane_init(&l, 4);
    lane_ease_off(&l, 1000, 900, 5000);
    tap_ok(!lane_room(&l, 5999) && lane_room(&l, 6000), "none begins during a Retry-After");
    lane_ease_off(&l, 1100, 950, 1000);
    tap_ok(!lane_room(&l, 5999), "a shorter one does not end it");
    lane_ease_off(&l, 1200, 960, 8000);
    tap_ok(!lane_room(&l, 9199) && lane_room(&l, 9200), "a longer one does, though nothing is halved for it");
    tap_ok(l.limit == 2, "the three were under way together");
}

int main(void)
{
    check_halving();
    check_recovery();
    check_waiting();
    return tap_done();
}
