/* Messages that are printed once: what counts as the same, and the end of them. Standard error is a file here. */
#include "ab-map/logonce.h"

#include <string.h>
#include <unistd.h>

#include "tap.h"

static const struct {
    enum log_level level;
    const char *msg;
    int lines; /* printed so far */
    const char *what;
} steps[] = {
    {LOG_WARN, "a", 1, "a message"},
    {LOG_WARN, "a", 1, "the same is not printed again"},
    {LOG_ERROR, "a", 2, "the same text of another level is another message"},
    {LOG_WARN, "", 3, "an empty one"},
    {LOG_WARN, "", 3, "is printed once, too"},
    {LOG_WARN, "1a", 4, "a level's digit in the text means nothing"},
    {LOG_WARN, "A", 5, "capitals differ"},
    {LOG_ERROR, "a", 5, "all are remembered"},
};

/* Lines in the file that stderr is. */
static int lines(void)
{
    char chunk[4096];
    int n = 0;
    off_t at = 0;
    ssize_t got;

    while ((got = pread(STDERR_FILENO, chunk, sizeof(chunk), at)) > 0) {
        for (ssize_t i = 0; i < got; i++)
            n += chunk[i] == '\n';
        at += got;
    }
    return n;
}

static void check_steps(struct logonce *l)
{
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        logonce(l, steps[i].level, steps[i].msg, NULL, 0);
        tap_ok(lines() == steps[i].lines, steps[i].what);
    }
}

static void check_limit(struct logonce *l)
{
    char msg[32];

    for (int i = 0; i < 3 * LOGONCE_MAX; i++) {
        snprintf(msg, sizeof(msg), "message %d", i);
        logonce(l, LOG_WARN, msg, NULL, 0);
    }
    tap_ok(lines() == LOGONCE_MAX + 1, "the last line of all says that there were more");
    logonce(l, LOG_WARN, "message 1", NULL, 0);
    logonce(l, LOG_WARN, "another", NULL, 0);
    tap_ok(lines() == LOGONCE_MAX + 1, "nothing after that");
}

int main(void)
{
    struct logonce l = {0};
    FILE *file = tmpfile();

    if (file == NULL || dup2(fileno(file), STDERR_FILENO) < 0)
        return 1;
    log_init("test");
    check_steps(&l);
    check_limit(&l);
    logonce_release(&l);
    logonce(&l, LOG_WARN, "a", NULL, 0);
    tap_ok(lines() == LOGONCE_MAX + 2 && l.n == 1, "released, it starts anew");
    logonce_release(&l);
    fclose(file);
    return tap_done();
}
