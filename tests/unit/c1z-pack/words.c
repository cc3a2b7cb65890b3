/* Lists of words with commas. */
#include "c1z-pack/words.h"

#include <string.h>

#include "tap.h"

static const struct {
    const char *list, *word;
    bool has;
} lists[] = {
    {"user", "user", true},
    {"user,group", "group", true},
    {" user , group ", "user", true},
    {" user , group ", "group", true},
    {"user,,group,", "group", true},
    {"a b,c", "a b", true},
    {"user", "use", false},
    {"user", "users", false},
    {"", "user", false},
    {",,", "", false},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        tap_ok(words_have(lists[i].list, lists[i].word, strlen(lists[i].word)) == lists[i].has, lists[i].list);
    return tap_done();
}
