#include "publish.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "c1z.h"
#include "tempfile.h"

#define LINKS_MAX 40
#define LOCK_TRIES 100

/*
 * What the signal handler removes: the temporary file and the lock.  These must be of file scope, as a handler has no
 * argument.  They are written while signals are blocked.
 */
static char *volatile doomed[2];
enum { DOOMED_FILE, DOOMED_LOCK };

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static void on_signal(int number)
{
    for (int i = 0; i < 2; i++)
        if (doomed[i] != NULL)
            unlink(doomed[i]);
    /* The handler was reset when it was called, so this ends the process as the signal means to. */
    raise(number);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct sigaction before;

        sigaddset(&action.sa_mask, signals[i]);
        /* What was ignored when we were started stays so: nohup. */
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

static void block_signals(sigset_t *before)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaddset(&set, signals[i]);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

static void set_doomed(int which, char *path)
{
    sigset_t before;

    block_signals(&before);
    doomed[which] = path;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Replace ${*path} by what the link there points to. */
static int follow_link(char **path, struct err *e)
{
    char target[PATH_MAX];
    ssize_t n = readlink(*path, target, sizeof(target) - 1);
    char *slash = strrchr(*path, '/'), *joined;
    int r;

    if (n < 0)
        return err_sys(e, EX_CANTCREAT, "cannot read the link '%s'", *path);
    target[n] = '\0';
    if (target[0] == '/' || slash == NULL)
        r = asprintf(&joined, "%s", target);
    else
        r = asprintf(&joined, "%.*s/%s", (int)(slash - *path), *path, target);
    if (r < 0)
        return err_set(e, EX_OSERR, "no memory");
    free(*path);
    *path = joined;
    return 0;
}

/* Follow links until ${p}->path is no link, whether a file is there or not. */
static int resolve(struct publish *p, const char *file, struct err *e)
{
    p->path = strdup(file);
    if (p->path == NULL)
        return err_set(e, EX_OSERR, "no memory");
    for (int i = 0; i < LINKS_MAX; i++) {
        if (lstat(p->path, &p->old) < 0) {
            if (errno == ENOENT)
                return 0;
            return err_sys(e, EX_CANTCREAT, "cannot create '%s'", file);
        }
        if (!S_ISLNK(p->old.st_mode)) {
            p->exists = true;
            return 0;
        }
        if (follow_link(&p->path, e) < 0)
            return -1;
    }
    errno = ELOOP;
    return err_sys(e, EX_CANTCREAT, "cannot create '%s'", file);
}

/* Split ${p}->path into folder and name, and see that a file can be put there. */
static int check_place(struct publish *p, const char **name, struct err *e)
{
    char *slash = strrchr(p->path, '/');
    mode_t mask = umask(077);

    umask(mask);
    p->mode = p->exists ? p->old.st_mode & 07777 : 0644 & ~mask;
    *name = slash == NULL ? p->path : slash + 1;
    if (slash == NULL)
        p->dir = strdup(".");
    else
        p->dir = slash == p->path ? strdup("/") : strndup(p->path, (size_t)(slash - p->path));
    if (p->dir == NULL)
        return err_set(e, EX_OSERR, "no memory");
    if (p->exists && !S_ISREG(p->old.st_mode))
        return err_set(e, EX_CANTCREAT, "cannot create '%s': %s", p->path,
            S_ISDIR(p->old.st_mode) ? "it is a directory" : "something that is not a regular file is there");
    if (**name == '\0')
        return err_set(e, EX_CANTCREAT, "cannot create '%s': it names a directory", p->path);
    if (access(p->dir, W_OK | X_OK) < 0)
        return err_sys(e, EX_CANTCREAT, "cannot create a file in '%s'", p->dir);
    return 0;
}

/*
 * Try once to take the lock. Return 1 if it is ours, 0 if the holder before us has removed the file meanwhile, -1 on
 * failure.
 */
static int try_lock(struct publish *p, struct err *e)
{
    struct stat ours, there;

    p->lock_fd = open(p->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (p->lock_fd < 0)
        return err_sys(e, EX_CANTCREAT, "cannot create '%s'", p->lock_path);
    if (flock(p->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        int r = errno == EWOULDBLOCK ? err_set(e, EX_TEMPFAIL, "'%s' is being written by another process", p->path)
                                     : err_sys(e, EX_OSERR, "cannot lock '%s'", p->lock_path);

        close(p->lock_fd);
        p->lock_fd = -1;
        return r;
    }
    if (fstat(p->lock_fd, &ours) == 0 && stat(p->lock_path, &there) == 0 && ours.st_ino == there.st_ino &&
        ours.st_dev == there.st_dev) {
        set_doomed(DOOMED_LOCK, p->lock_path);
        return 1;
    }
    close(p->lock_fd);
    p->lock_fd = -1;
    return 0;
}

static int lock(struct publish *p, const char *name, struct err *e)
{
    if (asprintf(&p->lock_path, "%s/.%s.lock", p->dir, name) < 0) {
        p->lock_path = NULL;
        return err_set(e, EX_OSERR, "no memory");
    }
    for (int i = 0; i < LOCK_TRIES; i++) {
        int r = try_lock(p, e);

        if (r != 0)
            return r < 0 ? -1 : 0;
    }
    return err_set(e, EX_TEMPFAIL, "'%s' is being written by other processes", p->path);
}

int publish_open(struct publish *p, const char *file, struct err *e)
{
    const char *name;

    *p = (struct publish){.lock_fd = -1};
    if (resolve(p, file, e) < 0 || check_place(p, &name, e) < 0)
        return -1;
    catch_signals();
    if (lock(p, name, e) < 0)
        return -1;
    /* What was there before the lock may not be there any more. */
    p->exists = lstat(p->path, &p->old) == 0;
    return 0;
}

void publish_close(struct publish *p)
{
    set_doomed(DOOMED_LOCK, NULL);
    if (p->lock_fd >= 0) {
        /* While it is still held, so that nobody can hold a file that has lost its name. */
        unlink(p->lock_path);
        close(p->lock_fd);
    }
    free(p->lock_path);
    free(p->path);
    free(p->dir);
    *p = (struct publish){.lock_fd = -1};
}

int publish_old(const struct publish *p, int *fd, struct err *e)
{
    *fd = -1;
    if (!p->exists)
        return 0;
    *fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return *fd >= 0 ? 0 : err_sys(e, EX_IOERR, "cannot read '%s'", p->path);
}

/* See that the file is still the one whose syncs we have. */
static int check_unchanged(const struct publish *p, struct err *e)
{
    struct stat now;
    bool exists = lstat(p->path, &now) == 0;

    if (exists == p->exists &&
        (!exists || (now.st_dev == p->old.st_dev && now.st_ino == p->old.st_ino && now.st_size == p->old.st_size &&
                        now.st_mtim.tv_sec == p->old.st_mtim.tv_sec && now.st_mtim.tv_nsec == p->old.st_mtim.tv_nsec)))
        return 0;
    return err_set(e, EX_TEMPFAIL, "'%s' was changed by another program meanwhile", p->path);
}

/* Write the temporary file ${temp} at ${fd} and close it. */
static int write_file(
    const struct publish *p, int fd, const char *temp, int database, int level, int threads, struct err *e)
{
    int r = c1z_encode(database, fd, temp, level, threads, e);

    if (r == 0 && fchmod(fd, p->mode) < 0)
        r = err_sys(e, EX_IOERR, "cannot set the mode of '%s'", temp);
    if (r == 0 && fsync(fd) < 0)
        r = err_sys(e, EX_IOERR, "cannot write '%s'", temp);
    if (close(fd) < 0 && r == 0)
        r = err_sys(e, EX_IOERR, "cannot write '%s'", temp);
    return r;
}

static int sync_dir(const struct publish *p, struct err *e)
{
    int fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;

    if (fd < 0)
        return err_sys(e, EX_IOERR, "cannot open '%s'", p->dir);
    if (fsync(fd) < 0)
        r = err_sys(e, EX_IOERR, "cannot write '%s'", p->dir);
    close(fd);
    return r;
}

int publish_run(struct publish *p, int database, int level, int threads, struct err *e)
{
    char *temp = NULL;
    sigset_t before;
    int fd, r;

    block_signals(&before);
    fd = tempfile_create(p->dir, &temp, e);
    if (fd >= 0)
        doomed[DOOMED_FILE] = temp;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (fd < 0)
        return -1;
    r = write_file(p, fd, temp, database, level, threads, e);
    if (r == 0)
        r = check_unchanged(p, e);
    block_signals(&before);
    if (r == 0 && rename(temp, p->path) < 0)
        r = err_sys(e, EX_IOERR, "cannot rename '%s' to '%s'", temp, p->path);
    if (r < 0)
        unlink(temp);
    doomed[DOOMED_FILE] = NULL;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(temp);
    return r < 0 ? -1 : sync_dir(p, e);
}
