#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "fullio.h"
#include "guard.h"
#include "json.h"
#include "log.h"
#include "setting.h"

#define SCHEMA "ab-token-cache/1"
#define FOLDER "baton-airbyte"

/* The largest file read: the longest token and what stands around it. */
#define FILE_MAX (TOKENLINE_TOKEN_MAX + 1024)

/* How often a held lock is tried again. flock has no time limit of its own. */
#define LOCK_POLL_MS 20

/* The members of the file. The strings point into it. */
struct entry {
    struct json_str schema, key, salt, check, token;
    int64_t minted_ms, expires_ms;
};

static void warn_unused(const char *why, const char *what)
{
    log_warn(why, LOG_STR("cache", what));
}

static void warn_errno(const char *why, const char *what)
{
    log_warn(why, LOG_STR("cache", what), LOG_STR("cause", strerror(errno)));
}

/* Whether ${st} is ours and gives others no permission in ${mask}. */
static bool is_safe(const struct stat *st, mode_t mask)
{
    return st->st_uid == geteuid() && (st->st_mode & mask) == 0;
}

/* Open the folder ${name} under ${dir_fd} and check it. Return its descriptor, or -1 after a warning. */
static int open_folder(int dir_fd, const char *name, mode_t mask, int flags)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        warn_errno("no token is cached, cannot open the folder", name);
    } else if (!is_safe(&st, mask)) {
        warn_unused("no token is cached, the folder is open to others or not ours", name);
    } else {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The folder for cached tokens in $XDG_RUNTIME_DIR, or -1, without a word if that is not set. */
static int open_default_folder(void)
{
    const char *runtime = setting_text("XDG_RUNTIME_DIR");
    int top, fd = -1;

    if (runtime == NULL)
        return -1;
    if (*runtime != '/') {
        warn_unused("no token is cached, XDG_RUNTIME_DIR is not an absolute path", runtime);
        return -1;
    }
    top = open_folder(AT_FDCWD, runtime, S_IWGRP | S_IWOTH, 0);
    if (top < 0)
        return -1;
    if (mkdirat(top, FOLDER, 0700) < 0 && errno != EEXIST)
        warn_errno("no token is cached, cannot make the folder", FOLDER);
    else
        fd = open_folder(top, FOLDER, S_IRWXG | S_IRWXO, O_NOFOLLOW);
    close(top);
    return fd;
}

static void make_key(struct cache *c, const struct baseurl *url, const char *client_id)
{
    const char *const parts[] = {url->public_base, "\n", url->config_base, "\n", client_id};
    struct sha256 s;

    sha256_init(&s);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        sha256_add(&s, parts[i], strlen(parts[i]));
    sha256_hex(&s, c->key);
}

/* The names of the files, and the lock open. */
static int open_files(struct cache *c, const char *file, struct err *e)
{
    c->name = file != NULL ? strdup(file) : strndup(c->key, 32);
    if (c->name == NULL || asprintf(&c->lock_name, "%s.lock", c->name) < 0 ||
        asprintf(&c->new_name, "%s.new", c->name) < 0)
        return err_set(e, EX_OSERR, "no memory for a path");
    c->lock_fd = openat(c->dir_fd, c->lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    if (c->lock_fd < 0)
        return err_sys(e, EX_CANTCREAT, "cannot open '%s'", c->lock_name);
    return 0;
}

int cache_open(struct cache *c, const char *file, const struct baseurl *url, const char *client_id, struct err *e)
{
    struct err cause = {0};

    *c = (struct cache){.dir_fd = AT_FDCWD, .lock_fd = -1};
    make_key(c, url, client_id);
    if (file == NULL) {
        c->dir_fd = open_default_folder();
        if (c->dir_fd < 0)
            return 0;
    }
    c->open = open_files(c, file, &cause) == 0;
    if (c->open)
        return 0;
    cache_close(c);
    if (file != NULL)
        return err_take(e, &cause);
    log_warn("no token is cached", LOG_STR("cause", cause.msg));
    return 0;
}

int cache_lock(struct cache *c, int64_t until_ms, struct err *e)
{
    static const struct timespec poll = {.tv_nsec = LOCK_POLL_MS * 1000000};

    while (flock(c->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return err_sys(e, EX_OSERR, "cannot lock '%s'", c->lock_name);
        if (clock_mono_ms() >= until_ms)
            return err_set(e, EX_TEMPFAIL, "another process is still getting a token: it holds '%s'", c->lock_name);
        nanosleep(&poll, NULL);
    }
    return 0;
}

/* Read the whole file into ${text}. Return its length, or -1 if there is none to be used. */
static ptrdiff_t read_file(const struct cache *c, char text[FILE_MAX])
{
    /* O_NONBLOCK: a FIFO in the file's place must not make us wait. */
    int fd = openat(c->dir_fd, c->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    ptrdiff_t len = -1;
    struct stat st;

    if (fd < 0) {
        if (errno != ENOENT)
            warn_errno("the cached token is not used, cannot open it", c->name);
        return -1;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !is_safe(&st, S_IRWXG | S_IRWXO))
        warn_unused("the cached token is not used, its file is open to others or not ours", c->name);
    else
        len = read(fd, text, FILE_MAX);
    close(fd);
    return len;
}

static int64_t read_ms(struct json *j)
{
    struct json_str v;
    int64_t n;

    if (!json_number(j, &v))
        return -1;
    if (!json_to_int64(v, &n) || n < 0)
        json_fail(j, "not a time");
    return n;
}

static bool parse_entry(struct json *j, const char *text, size_t len, struct entry *entry)
{
    struct json_str name;

    *entry = (struct entry){0};
    json_begin(j, text, len, 0);
    if (!json_object(j))
        return false;
    while (json_member(j, &name)) {
        if (json_eq(name, "schema"))
            json_string(j, &entry->schema);
        else if (json_eq(name, "key"))
            json_string(j, &entry->key);
        else if (json_eq(name, "salt"))
            json_string(j, &entry->salt);
        else if (json_eq(name, "check"))
            json_string(j, &entry->check);
        else if (json_eq(name, "access_token"))
            json_string(j, &entry->token);
        else if (json_eq(name, "minted_at_ms"))
            entry->minted_ms = read_ms(j);
        else if (json_eq(name, "expires_at_ms"))
            entry->expires_ms = read_ms(j);
        else
            json_skip(j, NULL);
    }
    return json_end(j, NULL) == 0 && json_eq(entry->schema, SCHEMA);
}

static void make_check(const char *salt, size_t salt_len, const struct secret *secret, char hex[SHA256_HEX])
{
    struct sha256 s;

    sha256_init(&s);
    sha256_add(&s, salt, salt_len);
    sha256_add(&s, secret->text, secret->len);
    sha256_hex(&s, hex);
}

/* Take the token of ${entry}, if it is for us, and from a time that has been. */
static bool take_entry(const struct cache *c, const struct secret *secret, const struct entry *entry, struct token *t)
{
    char check[SHA256_HEX];

    make_check(entry->salt.s, entry->salt.len, secret, check);
    if (!json_eq(entry->key, c->key) || !json_eq(entry->check, check) || entry->minted_ms > clock_wall_ms())
        return false;
    if (token_set_text(t, entry->token.s, entry->token.len) < 0)
        return false;
    guard_token(t->text, t->len);
    t->minted_ms = entry->minted_ms;
    t->expires_ms = entry->expires_ms;
    return true;
}

bool cache_read(const struct cache *c, const struct secret *secret, int64_t min_ttl_ms, struct token *t)
{
    char text[FILE_MAX];
    ptrdiff_t len = read_file(c, text);
    struct entry entry;
    struct json j;
    bool found;

    if (len <= 0)
        return false;
    json_init(&j, NULL);
    found = parse_entry(&j, text, (size_t)len, &entry) && take_entry(c, secret, &entry, t) &&
            token_lasts(t, min_ttl_ms, clock_wall_ms());
    json_release(&j);
    explicit_bzero(text, sizeof(text));
    if (!found)
        token_wipe(t);
    log_debug(found ? "using the cached token" : "the cached token is not used: it is old or for somebody else");
    return found;
}

/* A salt of 128 bits in hexadecimal. */
static int make_salt(char salt[33])
{
    uint64_t r[2];

    if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
        return -1;
    snprintf(salt, 33, "%016" PRIx64 "%016" PRIx64, r[0], r[1]);
    return 0;
}

static void format_entry(
    struct buf *b, const struct cache *c, const char *salt, const struct secret *secret, const struct token *t)
{
    char check[SHA256_HEX];

    make_check(salt, strlen(salt), secret, check);
    buf_reserve(b, FILE_MAX);
    buf_printf(b, "{\"schema\":\"" SCHEMA "\",\"key\":\"%s\",\"salt\":\"%s\",\"check\":\"%s\",", c->key, salt, check);
    buf_printf(b, "\"minted_at_ms\":%" PRId64 ",", t->minted_ms);
    buf_puts(b, "\"access_token\":");
    json_put_string(b, t->text, t->len);
    buf_printf(b, ",\"expires_at_ms\":%" PRId64 "}\n", t->expires_ms);
}

/*
 * Write the file anew and put it in place; -1 with errno.  There is no fsync: what a crash leaves of it is either the
 * whole or no JSON, and then ignored.
 */
static int replace_file(const struct cache *c, const struct buf *b)
{
    int fd, saved;

    unlinkat(c->dir_fd, c->new_name, 0);
    fd = openat(c->dir_fd, c->new_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    if (fchmod(fd, 0600) < 0 || fullio_write(fd, b->data, b->len) < 0) {
        saved = errno;
        close(fd);
        goto fail;
    }
    if (close(fd) == 0 && renameat(c->dir_fd, c->new_name, c->dir_fd, c->name) == 0)
        return 0;
    saved = errno;
fail:
    unlinkat(c->dir_fd, c->new_name, 0);
    errno = saved;
    return -1;
}

void cache_write(const struct cache *c, const struct secret *secret, const struct token *t)
{
    struct stat st;
    char salt[33];
    struct buf b;

    /* Not over a device, a link or a folder that somebody named by mistake. */
    if (fstatat(c->dir_fd, c->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode)) {
        warn_unused("the token is not cached, there is something that is not a regular file", c->name);
        return;
    }
    buf_init(&b, 2 * FILE_MAX);
    if (make_salt(salt) == 0)
        format_entry(&b, c, salt, secret, t);
    if (b.len == 0)
        warn_unused("the token is not cached, no memory or no random numbers", c->name);
    else if (replace_file(c, &b) < 0)
        warn_errno("the token is not cached", c->name);
    buf_wipe(&b);
}

void cache_close(struct cache *c)
{
    /* The lock goes with the descriptor; its file stays, for whoever waits on it. */
    if (c->lock_fd >= 0)
        close(c->lock_fd);
    if (c->dir_fd >= 0)
        close(c->dir_fd);
    free(c->name);
    free(c->lock_name);
    free(c->new_name);
    *c = (struct cache){.dir_fd = AT_FDCWD, .lock_fd = -1};
}
