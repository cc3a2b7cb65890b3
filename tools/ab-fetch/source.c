#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "guard.h"
#include "log.h"
#include "sibling.h"
#include "starter.h"

/* So many bytes of a source's own words are shown. */
#define WORDS_MAX 500

/* How long a source may take: ab-token gives up by itself long before. */
#define ANSWER_TIMEOUT_MS 180000

/* A token is renewed when less than this is left, or half its life if that is less. */
#define RENEW_BEFORE_MS 30000

static const char *source_name(const struct source *s)
{
    static const char *const names[] = {
        [SOURCE_SIBLING] = "ab-token",
        [SOURCE_COMMAND] = "token command",
        [SOURCE_FDS] = "token server",
        [SOURCE_FILE] = "token file",
    };

    return names[s->kind];
}

/* Wait until ${fd} can be read, no longer than until ${until_ms}. */
static int wait_readable(const struct source *s, int fd, int64_t until_ms, struct err *e)
{
    for (;;) {
        int64_t left = until_ms - clock_mono_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int n = left <= 0 ? 0 : poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);

        if (n > 0)
            return 0;
        if (n == 0 && s->deadline_ms != 0 && clock_mono_ms() >= s->deadline_ms)
            return err_set(e, EX_TEMPFAIL, "deadline passed while waiting for the %s", source_name(s));
        if (n == 0)
            return err_set(e, EX_UNAVAILABLE, "%s did not answer", source_name(s));
        if (errno != EINTR)
            return err_sys(e, EX_OSERR, "%s: poll", source_name(s));
    }
}

/*
 * Read ${fd} into ${to} to its end, or with ${one_line} to the first line feed (which is taken byte by byte: what
 * stands behind it is the answer to a later question).
 */
static int read_answer(const struct source *s, int fd, bool one_line, struct buf *to, struct err *e)
{
    int64_t until_ms = clock_mono_ms() + ANSWER_TIMEOUT_MS;

    if (s->deadline_ms != 0 && s->deadline_ms < until_ms)
        until_ms = s->deadline_ms;
    for (;;) {
        size_t want = one_line ? 1 : 4096;
        char *at = buf_reserve(to, want);
        ssize_t n;

        if (at == NULL)
            return err_set(e, EX_DATAERR, "%s: answer longer than %zu bytes", source_name(s), TOKENLINE_MAX);
        if (wait_readable(s, fd, until_ms, e) < 0)
            return -1;
        n = read(fd, at, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, EX_IOERR, "cannot read from the %s", source_name(s));
        if (n == 0 || (one_line && *at == '\n'))
            return 0;
        to->len += (size_t)n;
    }
}

static struct token *new_token(struct json_str text, unsigned serial)
{
    struct token *t = calloc(1, sizeof(*t));

    if (t == NULL)
        return NULL;
    t->holders = 1;
    t->serial = serial;
    buf_init(&t->text, TOKENLINE_MAX);
    buf_reserve(&t->text, text.len + 1); /* once: growing would leave copies behind */
    buf_append(&t->text, text.s, text.len);
    if (buf_cstr(&t->text) != NULL)
        return t;
    token_drop(t);
    return NULL;
}

static int64_t renewal_time(int64_t expires_at_ms)
{
    int64_t left = expires_at_ms - clock_wall_ms();

    if (expires_at_ms <= 0 || left <= 0) /* unknown, or the clocks disagree: only a 401 can tell */
        return 0;
    return clock_mono_ms() + left - (left / 2 < RENEW_BEFORE_MS ? left / 2 : RENEW_BEFORE_MS);
}

static int install(struct source *s, struct json_str text, int64_t expires_at_ms, struct err *e)
{
    struct token *t;

    if (!tokenline_is_token(text.s, text.len))
        return err_set(e, EX_DATAERR, "%s: gave no token", source_name(s));
    t = new_token(text, s->current == NULL ? 1 : s->current->serial + 1);
    if (t == NULL)
        return err_set(e, EX_OSERR, "no memory for a token");
    guard_token(text.s, text.len);
    token_drop(s->current);
    s->current = t;
    s->renew_at_ms = s->kind == SOURCE_FILE ? 0 : renewal_time(expires_at_ms);
    log_debug("token received", LOG_STR("source", source_name(s)), LOG_INT("serial", (int64_t)t->serial));
    return 0;
}

/* What the source says went wrong. Its words are a server's, in the end. */
static int take_error(const struct source *s, const struct tokenline *line, struct err *e)
{
    if (!guard_allows(line->error.s, line->error.len))
        return err_set(e, line->status, "%s: %s", source_name(s), GUARD_INSTEAD);
    return err_set(e, line->status, "%s: %.*s", source_name(s),
        (int)(line->error.len > WORDS_MAX ? WORDS_MAX : line->error.len), line->error.s);
}

/* Make the answer in ${text} the current token. The text is a token or, as all sources but files print, a JSON line. */
static int take_answer(struct source *s, const struct buf *text, struct err *e)
{
    struct json_str bare = {text->data, text->len};
    struct json j;
    struct tokenline line;
    int r;

    while (bare.len > 0 && memchr(" \t\r\n", bare.s[bare.len - 1], 4) != NULL)
        bare.len--;
    if (s->kind == SOURCE_FILE && bare.len > 0 && bare.s[0] != '{')
        return install(s, bare, 0, e);
    json_init(&j, NULL);
    if (tokenline_read(&j, bare.s, bare.len, &line) < 0)
        r = err_set(e, EX_DATAERR, "%s: gave no line of JSON with a token", source_name(s));
    else if (line.error.len > 0)
        r = take_error(s, &line, e);
    else
        r = install(s, line.token, line.expires_at_ms, e);
    json_release(&j);
    return r;
}

/* In the child: become the source. */
static void become_source(const void *arg, int ask)
{
    const struct source *s = arg;
    const char *argv[10] = {"ab-token", "--json"}, *value = tokenline_value((enum tokenline_ask)ask);
    char sibling[PATH_MAX];
    int argc = 2;

    if (value != NULL ? setenv(TOKENLINE_VARIABLE, value, 1) : unsetenv(TOKENLINE_VARIABLE))
        return;
    if (s->kind == SOURCE_COMMAND) {
        execl("/bin/sh", "sh", "-c", s->command, (char *)NULL);
        return;
    }
    if (s->domain_url != NULL) {
        argv[argc++] = "--domain-url";
        argv[argc++] = s->domain_url;
    }
    if (s->cacert != NULL) {
        argv[argc++] = "--cacert";
        argv[argc++] = s->cacert;
    }
    if (s->insecure_http)
        argv[argc++] = "--insecure-http";
    sibling_path("ab-token", sibling);
    execvp(sibling, (char *const *)(uintptr_t)argv);
}

int source_prepare(struct source *s, struct err *e)
{
    s->starter = (struct starter){.fd = -1};
    if (s->kind != SOURCE_SIBLING && s->kind != SOURCE_COMMAND)
        return 0;
    return starter_begin(&s->starter, become_source, s, e);
}

/* What is wrong with a source that ended with the wait status ${w} and printed no usable answer. */
static int source_failed(const struct source *s, int w, struct err *e)
{
    int status = WIFEXITED(w) ? WEXITSTATUS(w) : 0;

    if (WIFSIGNALED(w))
        return err_set(e, EX_UNAVAILABLE, "%s: killed by signal %d", source_name(s), WTERMSIG(w));
    if (status == 127)
        return err_set(e, EX_UNAVAILABLE, "%s: cannot be run", source_name(s));
    return err_set(e, status >= EX__BASE && status <= EX__MAX ? status : EX_UNAVAILABLE, "%s: failed with status %d",
        source_name(s), status);
}

static int from_program(struct source *s, enum tokenline_ask ask, struct buf *text, struct err *e)
{
    int fd, r, w = 0;

    if (starter_run(&s->starter, (int)ask, &fd, e) < 0)
        return err_context(e, "%s", source_name(s));
    r = read_answer(s, fd, false, text, e);
    close(fd);
    if (starter_wait(&s->starter, r < 0, &w, e) < 0)
        return err_context(e, "%s", source_name(s));
    if (r == 0 && (!WIFEXITED(w) || WEXITSTATUS(w) != 0) && text->len == 0)
        return source_failed(s, w, e);
    return r;
}

/* Write without dying of SIGPIPE if the server is gone: that is to be an error with words. */
static int ask_server(const struct source *s, const char *word, struct err *e)
{
    static char line_end[] = "\n";
    const struct iovec line[2] = {{(void *)(uintptr_t)word, strlen(word)}, {line_end, 1}};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    ssize_t n;

    sigaction(SIGPIPE, &ignore, &before);
    do
        n = writev(s->fd_write, line, 2);
    while (n < 0 && errno == EINTR);
    sigaction(SIGPIPE, &before, NULL);
    if (n < 0 && errno == EPIPE)
        return err_set(e, EX_UNAVAILABLE, "%s has ended", source_name(s));
    return n < 0 ? err_sys(e, EX_IOERR, "cannot write to the %s", source_name(s)) : 0;
}

static int from_fds(struct source *s, enum tokenline_ask ask, struct buf *text, struct err *e)
{
    if (ask_server(s, tokenline_word(ask), e) < 0 || read_answer(s, s->fd_read, true, text, e) < 0)
        return -1;
    return text->len > 0 ? 0 : err_set(e, EX_UNAVAILABLE, "%s has ended", source_name(s));
}

static int from_file(struct source *s, struct buf *text, struct err *e)
{
    int fd = open(s->command, O_RDONLY | O_CLOEXEC), r;

    if (fd < 0)
        return err_sys(e, EX_NOINPUT, "cannot open token file '%s'", s->command);
    r = read_answer(s, fd, false, text, e);
    close(fd);
    return r;
}

/* Get a token from the source. */
static int obtain(struct source *s, enum tokenline_ask ask, struct err *e)
{
    struct buf text;
    int r;

    buf_init(&text, TOKENLINE_MAX);
    buf_reserve(&text, TOKENLINE_MAX); /* at once, so that no piece of a token is left behind by growing */
    if (s->kind == SOURCE_FDS)
        r = from_fds(s, ask, &text, e);
    else if (s->kind == SOURCE_FILE)
        r = from_file(s, &text, e);
    else
        r = from_program(s, ask, &text, e);
    if (r == 0)
        r = take_answer(s, &text, e);
    buf_wipe(&text);
    return r;
}

struct token *source_token(struct source *s, struct err *e)
{
    bool due = s->current != NULL && s->renew_at_ms != 0 && clock_mono_ms() >= s->renew_at_ms;

    if ((s->current == NULL || due) && obtain(s, due ? s->renew_by : TOKENLINE_GET, e) < 0)
        return NULL;
    s->current->holders++;
    return s->current;
}

int source_refused(struct source *s, const struct token *t, struct err *e)
{
    if (t->serial != s->current->serial)
        return 1;
    if (s->kind == SOURCE_FILE)
        return 0;
    return obtain(s, s->renew_by, e) < 0 ? -1 : 1;
}

void token_drop(struct token *t)
{
    if (t == NULL || --t->holders > 0)
        return;
    buf_wipe(&t->text);
    free(t);
}

void source_release(struct source *s)
{
    token_drop(s->current);
    s->current = NULL;
    starter_release(&s->starter);
    if (s->kind == SOURCE_FDS) {
        close(s->fd_read);
        if (s->fd_write != s->fd_read)
            close(s->fd_write);
    }
}
