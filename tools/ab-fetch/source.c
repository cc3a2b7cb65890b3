#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"
#include "json.h"
#include "log.h"
#include "retry.h"

/* The longest answer of a source; tokens of Airbyte have about 1 KB. */
#define ANSWER_MAX ((size_t)64 << 10)

/* How long a source may take: ab-token gives up by itself long before. */
#define ANSWER_TIMEOUT_MS 180000

/* A token is renewed when less than this is left, or half its life if that is less. */
#define RENEW_BEFORE_MS 30000

/* What a line of ab-token --json says (ab-token(1)). */
struct answer {
    struct json_str token, error;
    int64_t expires_at_ms, status;
};

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

/* Seconds since 1970 are what the source's expiry counts in; our own waits use the clock that only goes forward. */
static int64_t wall_clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait until ${fd} can be read, no longer than until ${until_ms}. */
static int wait_readable(const struct source *s, int fd, int64_t until_ms, struct err *e)
{
    for (;;) {
        int64_t left = until_ms - retry_now_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int n = left <= 0 ? 0 : poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);

        if (n > 0)
            return 0;
        if (n == 0 && s->deadline_ms != 0 && retry_now_ms() >= s->deadline_ms)
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
    int64_t until_ms = retry_now_ms() + ANSWER_TIMEOUT_MS;

    if (s->deadline_ms != 0 && s->deadline_ms < until_ms)
        until_ms = s->deadline_ms;
    for (;;) {
        size_t want = one_line ? 1 : 4096;
        char *at = buf_reserve(to, want);
        ssize_t n;

        if (at == NULL)
            return err_set(e, EX_DATAERR, "%s: answer longer than %zu bytes", source_name(s), ANSWER_MAX);
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

static int parse_answer(struct json *j, const char *text, size_t len, struct answer *a, struct err *e)
{
    struct json_str name, number;

    *a = (struct answer){.status = EX_UNAVAILABLE};
    json_begin(j, text, len, 0);
    json_object(j);
    while (json_member(j, &name)) {
        if (json_eq(name, "access_token"))
            json_string(j, &a->token);
        else if (json_eq(name, "error"))
            json_string(j, &a->error);
        else if (json_eq(name, "expires_at_ms") && json_number(j, &number) && !json_to_int64(number, &a->expires_at_ms))
            json_fail(j, "expected milliseconds");
        else if (json_eq(name, "status") && json_number(j, &number) && !json_to_int64(number, &a->status))
            json_fail(j, "expected an exit status");
        else if (!json_eq(name, "expires_at_ms") && !json_eq(name, "status"))
            json_skip(j, NULL);
    }
    return json_end(j, e);
}

/* A token goes into a header line: it must be printable and without spaces. */
static bool is_token(struct json_str t)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.s[i] < 0x21 || t.s[i] > 0x7e)
            return false;
    return t.len > 0;
}

static struct token *new_token(struct json_str text, unsigned serial)
{
    struct token *t = calloc(1, sizeof(*t));

    if (t == NULL)
        return NULL;
    t->holders = 1;
    t->serial = serial;
    buf_init(&t->text, ANSWER_MAX);
    buf_reserve(&t->text, text.len + 1); /* once: growing would leave copies behind */
    buf_append(&t->text, text.s, text.len);
    if (buf_cstr(&t->text) != NULL)
        return t;
    token_drop(t);
    return NULL;
}

static int64_t renewal_time(int64_t expires_at_ms)
{
    int64_t left = expires_at_ms - wall_clock_ms();

    if (expires_at_ms <= 0 || left <= 0) /* unknown, or the clocks disagree: only a 401 can tell */
        return 0;
    return retry_now_ms() + left - (left / 2 < RENEW_BEFORE_MS ? left / 2 : RENEW_BEFORE_MS);
}

static int install(struct source *s, struct json_str text, int64_t expires_at_ms, struct err *e)
{
    struct token *t;

    if (!is_token(text))
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

static int take_error(const struct source *s, const struct answer *a, struct err *e)
{
    int status = a->status > 0 && a->status < 126 ? (int)a->status : EX_UNAVAILABLE;

    return err_set(e, status, "%s: %.*s", source_name(s), (int)(a->error.len > 500 ? 500 : a->error.len), a->error.s);
}

/* Make the answer in ${text} the current token. The text is a token or, as all sources but files print, a JSON line. */
static int take_answer(struct source *s, const struct buf *text, struct err *e)
{
    struct json_str bare = {text->data, text->len};
    struct json j;
    struct answer a;
    int r;

    while (bare.len > 0 && memchr(" \t\r\n", bare.s[bare.len - 1], 4) != NULL)
        bare.len--;
    if (s->kind == SOURCE_FILE && bare.len > 0 && bare.s[0] != '{')
        return install(s, bare, 0, e);
    json_init(&j, NULL);
    if (parse_answer(&j, bare.s, bare.len, &a, e) < 0) {
        /* The reader's own words could quote the answer; it is a secret. */
        *e = (struct err){0};
        r = err_set(e, EX_DATAERR, "%s: gave no line of JSON with a token", source_name(s));
    } else if (a.error.len > 0) {
        r = take_error(s, &a, e);
    } else {
        r = install(s, a.token, a.expires_at_ms, e);
    }
    json_release(&j);
    return r;
}

/* ab-token beside this program, else by its name alone. */
static void sibling_path(char path[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char *slash;

    if (n > 0) {
        path[n] = '\0';
        slash = strrchr(path, '/');
        if (slash != NULL && (size_t)(slash + 1 - path) + sizeof("ab-token") <= PATH_MAX) {
            memcpy(slash + 1, "ab-token", sizeof("ab-token"));
            if (access(path, X_OK) == 0)
                return;
        }
    }
    memcpy(path, "ab-token", sizeof("ab-token"));
}

/* In the child: become the source, with its output to ${fd}. Only async-signal-safe enough for one thread. */
static void run_source(const struct source *s, bool fresh, const char *sibling, int fd)
{
    const char *argv[8] = {"ab-token", "--json"};
    int argc = 2, null = open("/dev/null", O_RDONLY);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
        _exit(EX_OSERR);
    if (null > STDERR_FILENO)
        close(null);
    if (fresh ? setenv("AB_TOKEN_FRESH", "1", 1) : unsetenv("AB_TOKEN_FRESH"))
        _exit(EX_OSERR);
    if (s->kind == SOURCE_COMMAND) {
        execl("/bin/sh", "sh", "-c", s->command, (char *)NULL);
        _exit(127);
    }
    if (s->domain_url != NULL) {
        argv[argc++] = "--domain-url";
        argv[argc++] = s->domain_url;
    }
    if (s->insecure_http)
        argv[argc++] = "--insecure-http";
    execvp(sibling, (char *const *)(uintptr_t)argv);
    _exit(127);
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

static int reap(pid_t pid, bool end_it, int *w)
{
    if (end_it)
        kill(pid, SIGTERM);
    while (waitpid(pid, w, 0) < 0)
        if (errno != EINTR)
            return -1;
    return 0;
}

static int from_program(struct source *s, bool fresh, struct buf *text, struct err *e)
{
    char sibling[PATH_MAX];
    int fds[2], r, w = 0;
    pid_t pid;

    sibling_path(sibling);
    if (pipe2(fds, O_CLOEXEC) < 0)
        return err_sys(e, EX_OSERR, "pipe");
    pid = fork();
    if (pid == 0)
        run_source(s, fresh, sibling, fds[1]);
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return err_sys(e, EX_OSERR, "cannot start the %s", source_name(s));
    }
    r = read_answer(s, fds[0], false, text, e);
    close(fds[0]);
    if (reap(pid, r < 0, &w) < 0)
        return err_sys(e, EX_OSERR, "cannot wait for the %s", source_name(s));
    if (r == 0 && (!WIFEXITED(w) || WEXITSTATUS(w) != 0) && text->len == 0)
        return source_failed(s, w, e);
    return r;
}

/* Write without dying of SIGPIPE if the server is gone: that is to be an error with words. */
static int ask(const struct source *s, const char *question, struct err *e)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    ssize_t n;

    sigaction(SIGPIPE, &ignore, &before);
    do
        n = write(s->fd_write, question, strlen(question));
    while (n < 0 && errno == EINTR);
    sigaction(SIGPIPE, &before, NULL);
    if (n < 0 && errno == EPIPE)
        return err_set(e, EX_UNAVAILABLE, "%s has ended", source_name(s));
    return n < 0 ? err_sys(e, EX_IOERR, "cannot write to the %s", source_name(s)) : 0;
}

static int from_fds(struct source *s, bool fresh, struct buf *text, struct err *e)
{
    if (ask(s, fresh ? "renew\n" : "get\n", e) < 0 || read_answer(s, s->fd_read, true, text, e) < 0)
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

/* Get a token from the source; with ${fresh}, not the one that it gave last time. */
static int obtain(struct source *s, bool fresh, struct err *e)
{
    struct buf text;
    int r;

    buf_init(&text, ANSWER_MAX);
    buf_reserve(&text, ANSWER_MAX); /* at once, so that no piece of a token is left behind by growing */
    if (s->kind == SOURCE_FDS)
        r = from_fds(s, fresh, &text, e);
    else if (s->kind == SOURCE_FILE)
        r = from_file(s, &text, e);
    else
        r = from_program(s, fresh, &text, e);
    if (r == 0)
        r = take_answer(s, &text, e);
    buf_wipe(&text);
    return r;
}

struct token *source_token(struct source *s, struct err *e)
{
    bool due = s->current != NULL && s->renew_at_ms != 0 && retry_now_ms() >= s->renew_at_ms;

    if ((s->current == NULL || due) && obtain(s, due, e) < 0)
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
    return obtain(s, true, e) < 0 ? -1 : 1;
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
    if (s->kind == SOURCE_FDS) {
        close(s->fd_read);
        if (s->fd_write != s->fd_read)
            close(s->fd_write);
    }
}
