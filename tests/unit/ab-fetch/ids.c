/* The set of ids: what is the same id, what order they have, and what is left after some were taken out. */
#include "ab-fetch/ids.h"

#include <string.h>

#include "tap.h"

#define U1 "0a000000-0000-4000-8000-000000000001"
#define U2 "0A000000-0000-4000-8000-000000000001"
#define U3 "0a000000-0000-4000-8000-00000000000g"
#define U4 "0a000000-0000-4000-8000-0000000000010"
#define U5 "ffffffff-ffff-ffff-ffff-ffffffffffff"
#define U6 "00000000-0000-0000-0000-000000000000"

/* Added in this order: whether it is new, and its number. */
static const struct {
    const char *id;
    int added;
    uint32_t index;
    const char *what;
} steps[] = {
    {U1, 1, 0, "a UUID"},
    {U1, 0, 0, "the same again"},
    {U2, 1, 1, "in capitals it is another text, so another id"},
    {U2, 0, 1, "which is there too"},
    {U3, 1, 2, "one with a letter that is no digit"},
    {U4, 1, 3, "one with a digit too many"},
    {"a", 1, 4, "an id of one byte"},
    {"\xff\x01 \"", 1, 5, "an id of any bytes"},
    {U5, 1, 6, "the greatest"},
    {U6, 1, 7, "the least, all zero"},
    {U6, 0, 7, "all zero is not 'none'"},
    {"a", 0, 4, "the first ones keep their numbers"},
    {U1, 0, 0, "all of them"},
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static int add(struct ids *set, const char *id, uint32_t *index)
{
    return ids_add(set, (struct json_str){id, strlen(id)}, index);
}

static void check_steps(struct ids *set)
{
    char text[ID_MAX + 1];

    for (size_t i = 0; i < STEPS; i++) {
        uint32_t index = UINT32_MAX;
        int added = add(set, steps[i].id, &index);

        tap_ok(
            added == steps[i].added && index == steps[i].index && strcmp(ids_text(set, index, text), steps[i].id) == 0,
            steps[i].what);
    }
    tap_ok(set->n == 8, "eight ids");
}

/* The order of any two of them is that of their texts. */
static void check_order(const struct ids *set)
{
    char a[ID_MAX + 1], b[ID_MAX + 1];
    bool right = true;

    for (uint32_t i = 0; i < set->n; i++)
        for (uint32_t k = 0; k < set->n; k++) {
            int order = ids_compare(set, i, k), texts = strcmp(ids_text(set, i, a), ids_text(set, k, b));

            right = right && (order < 0) == (texts < 0) && (order > 0) == (texts > 0);
        }
    tap_ok(right, "ids are ordered as their texts");
}

static void check_marks(struct ids *set)
{
    tap_ok(!ids_marked(set, 4, 0x7f), "no mark at first");
    tap_ok(!ids_mark(set, 4, 1) && !ids_mark(set, 4, 6), "new marks were not set before");
    tap_ok(ids_mark(set, 4, 7) && ids_mark(set, 4, 2), "and now they are");
    tap_ok(
        !ids_mark(set, 4, 0x48) && ids_marked(set, 4, 0x40) && !ids_marked(set, 4, 0x10), "half of a mask is not all");
    tap_ok(!ids_marked(set, 3, 0x7f) && !ids_marked(set, 5, 0x7f), "the neighbours have none");
}

static void check_truncate(struct ids *set)
{
    uint32_t index;

    ids_truncate(set, 8);
    tap_ok(set->n == 8, "taking out none");
    ids_truncate(set, 5);
    tap_ok(
        set->n == 5 && add(set, "a", &index) == 0 && index == 4 && ids_marked(set, 4, 1), "those before stay, marked");
    tap_ok(add(set, U6, &index) == 1 && index == 5 && !ids_marked(set, 5, 0x7f), "those after are new again, unmarked");
}

/* Enough of both kinds that table and keys grow several times. */
static void check_many(void)
{
    struct ids set;
    bool right = true;
    uint32_t index;
    char id[64];

    ids_init(&set);
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 20000; i++) {
            snprintf(id, sizeof(id), i % 2 ? "%08x-0000-4000-8000-000000000000" : "text-%x", (unsigned)i);
            right = right && add(&set, id, &index) == (round == 0) && index == i;
        }
    tap_ok(right && set.n == 20000, "20,000 ids, each found again");
    ids_release(&set);
    tap_ok(set.n == 0 && add(&set, "a", &index) == 1 && index == 0, "a released set is an empty one");
    ids_release(&set);
}

int main(void)
{
    struct ids set;
    char longest[ID_MAX + 1], text[ID_MAX + 1];
    uint32_t index = 0;

    ids_init(&set);
    check_steps(&set);
    check_order(&set);
    check_marks(&set);
    check_truncate(&set);
    memset(longest, 'x', ID_MAX);
    longest[ID_MAX] = '\0';
    tap_ok(add(&set, longest, &index) == 1 && strcmp(ids_text(&set, index, text), longest) == 0, "the longest id");
    ids_release(&set);
    check_many();
    return tap_done();
}
