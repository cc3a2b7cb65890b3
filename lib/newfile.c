#include "newfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "doomed.h"
#include "log.h"

#define LINKS_MAX 40
#define LOCK_TRIES 100

/* What mkdtemp puts in the place of. */
#define CHANCE "XXXXXX"

static char *no_memory(struct err *e)
{
    err_set(e, EX_OSERR, "no memory");
    return NULL;
}

/* Where the target is. */

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

/* Follow links until ${n}->path is no link, whether a file is there or not. */
static int resolve(struct newfile *n, const char *file, struct err *e)
{
    n->path = strdup(file);
    if (n->path == NULL)
        return err_set(e, EX_OSERR, "no memory");
    for (int i = 0; i < LINKS_MAX; i++) {
        if (lstat(n->path, &n->old) < 0) {
            if (errno == ENOENT)
                return 0;
            return err_sys(e, EX_CANTCREAT, "cannot create '%s'", file);
        }
        if (!S_ISLNK(n->old.st_mode)) {
            n->exists = true;
            return 0;
        }
        if (follow_link(&n->path, e) < 0)
            return -1;
    }
    errno = ELOOP;
    return err_sys(e, EX_CANTCREAT, "cannot create '%s'", file);
}

/* Whether something is mounted on ${path}: nothing can be renamed to it then. */
static bool is_mounted_on(const char *path)
{
    struct statx s;

    return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &s) == 0 &&
           (s.stx_attributes_mask & s.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/*
 * What is wrong with what is there, or NULL.  A link of /proc, as /dev/stdout is one, leads to what is open, whatever it
 * says: pipes and removed files are there without a name, and nothing can take their place.
 */
static const char *bad_target(const struct newfile *n, const char *file)
{
    struct stat there = n->old;
    bool nameless = !n->exists && strcmp(n->path, file) != 0 && stat(file, &there) == 0;

    if (!n->exists && !nameless)
        return NULL;
    if (S_ISDIR(there.st_mode))
        return "it is a directory";
    if (!S_ISREG(there.st_mode))
        return "something that is not a regular file is there";
    if (nameless)
        return "the file there has no name any more";
    return is_mounted_on(n->path) ? "a file is mounted there, mount its folder instead" : NULL;
}

/* Split ${n}->path, which ${file} leads to, into folder and name, and see that a file can be put there. */
static int check_place(struct newfile *n, const char *file, const char **name, struct err *e)
{
    char *slash = strrchr(n->path, '/');
    const char *bad = bad_target(n, file);

    *name = slash == NULL ? n->path : slash + 1;
    if (slash == NULL)
        n->dir = strdup(".");
    else
        n->dir = slash == n->path ? strdup("/") : strndup(n->path, (size_t)(slash - n->path));
    if (n->dir == NULL)
        return err_set(e, EX_OSERR, "no memory");
    if (bad == NULL && **name == '\0')
        bad = "it names a directory";
    if (bad != NULL)
        return err_set(e, EX_CANTCREAT, "cannot create '%s': %s", file, bad);
    if (access(n->dir, W_OK | X_OK) < 0)
        return err_sys(e, EX_CANTCREAT, "cannot create a file in '%s'", n->dir);
    return 0;
}

/* The lock. */

static size_t name_used(const char *name)
{
    return strnlen(name, NEWFILE_NAME_USED);
}

char *newfile_lock_name(const char *dir, const char *name, struct err *e)
{
    char *path;

    return asprintf(&path, "%s/.%.*s.lock", dir, (int)name_used(name), name) < 0 ? no_memory(e) : path;
}

static bool is_same_file(int fd, const char *path)
{
    struct stat ours, there;

    return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

/* Fail to open the lock, saying whose it is where that is the reason. */
static int refuse_lock(const struct newfile *n, struct err *e)
{
    int cause = errno;
    struct stat there;
    const struct passwd *user = NULL;

    if (cause == EACCES && lstat(n->lock_path, &there) == 0 && there.st_uid != geteuid()) {
        user = getpwuid(there.st_uid);
        return err_set(e, EX_TEMPFAIL, "'%s' belongs to %s (%ld): another run is writing '%s', or remove it",
            n->lock_path, user != NULL ? user->pw_name : "a user without a name", (long)there.st_uid, n->path);
    }
    errno = cause;
    return err_sys(e, EX_CANTCREAT, "cannot create '%s'", n->lock_path);
}

/*
 * Open the lock file.  Some file systems lock only what is open to write; but another user's, left by a killed run, can
 * only be read, and must be in nobody's way.
 */
static int open_lock(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 && errno == ENOENT)
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0 && errno == EEXIST)
        fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0 || errno != EACCES ? fd : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* Lock ${fd}. Return 0, or -1 with ${e}. Where the file system knows no locks, nothing else keeps a second writer away. */
static int take_lock(const struct newfile *n, int fd, struct err *e)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return err_set(e, EX_TEMPFAIL, "'%s' is being written by another process", n->path);
    if (errno != ENOLCK && errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS)
        return err_sys(e, EX_OSERR, "cannot lock '%s'", n->lock_path);
    log_warn("no locks on this file system; see that nothing else writes the file", LOG_STR("file", n->path));
    return 0;
}

/*
 * Try once to take the lock. Return 1 if it is ours, 0 if the holder before us has removed the file meanwhile, -1 on
 * failure.
 */
static int try_lock(struct newfile *n, struct err *e)
{
    sigset_t before;
    int fd = open_lock(n->lock_path), r;

    if (fd < 0)
        return errno == ENOENT ? 0 : refuse_lock(n, e);
    r = take_lock(n, fd, e);
    if (r < 0 || !is_same_file(fd, n->lock_path)) {
        close(fd);
        return r;
    }
    doomed_block(&before);
    n->lock_fd = fd;
    doomed_set(DOOMED_LOCK, n->lock_path);
    doomed_unblock(&before);
    return 1;
}

static int lock(struct newfile *n, struct err *e)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        int r = try_lock(n, e);

        if (r != 0)
            return r < 0 ? -1 : 0;
    }
    return err_set(e, EX_TEMPFAIL, "'%s' is being written by other processes", n->path);
}

/* Use the lock that whoever started us holds. */
static int borrow_lock(struct newfile *n, int fd, struct err *e)
{
    if (!is_same_file(fd, n->lock_path))
        return err_set(e, EX_USAGE, "descriptor %d is not the lock '%s'", fd, n->lock_path);
    n->lent = true;
    return take_lock(n, fd, e);
}

/* The folder to work in. */

/* Remove the folder ${path} and the files in it. What cannot be removed stays: it is another user's. */
static void remove_folder(const char *path)
{
    DIR *d = opendir(path);
    const struct dirent *entry;

    while (d != NULL && (entry = readdir(d)) != NULL)
        unlinkat(dirfd(d), entry->d_name, 0);
    if (d != NULL)
        closedir(d);
    rmdir(path);
}

/* Whether ${entry} is the name of a folder to work in, for a target whose folders begin with ${head}. */
static bool is_work(const char *entry, const char *head)
{
    size_t len = strlen(head);

    return strncmp(entry, head, len) == 0 && strlen(entry) == len + strlen(CHANCE);
}

/* Remove what killed runs left: we hold the lock, so no folder of this target is in use. */
static void sweep(const struct newfile *n, const char *head)
{
    DIR *d = opendir(n->dir);
    const struct dirent *entry;
    char *path;

    while (d != NULL && (entry = readdir(d)) != NULL) {
        if (!is_work(entry->d_name, head) || asprintf(&path, "%s/%s", n->dir, entry->d_name) < 0)
            continue;
        remove_folder(path);
        free(path);
    }
    if (d != NULL)
        closedir(d);
}

/* Make the folder ${path}, of which CHANCE is the end, and name what goes into it. */
static int make_work(struct newfile *n, char *path, struct err *e)
{
    sigset_t before;
    bool made;

    doomed_block(&before);
    made = mkdtemp(path) != NULL;
    if (made)
        doomed_set(DOOMED_FOLDER, n->work = path);
    doomed_unblock(&before);
    if (!made)
        return err_sys(e, errno == ENOSPC || errno == EDQUOT ? EX_IOERR : EX_CANTCREAT,
            "cannot create a temporary folder in '%s'", n->dir);
    if (asprintf(&n->temp, "%s/new", path) >= 0)
        return 0;
    n->temp = NULL;
    return err_set(e, EX_OSERR, "no memory");
}

static int open_work(struct newfile *n, const char *name, struct err *e)
{
    char head[NEWFILE_NAME_USED + 16], *path;

    snprintf(head, sizeof(head), ".%.*s.work-", (int)name_used(name), name);
    sweep(n, head);
    if (asprintf(&path, "%s/%s" CHANCE, n->dir, head) < 0)
        return err_set(e, EX_OSERR, "no memory");
    if (make_work(n, path, e) == 0)
        return 0;
    if (n->work == NULL)
        free(path);
    return -1;
}

int newfile_open(struct newfile *n, const char *file, int lock_fd, struct err *e)
{
    const char *name;

    *n = (struct newfile){.lock_fd = -1, .fd = -1};
    if (resolve(n, file, e) < 0 || check_place(n, file, &name, e) < 0)
        return -1;
    doomed_catch();
    n->lock_path = newfile_lock_name(n->dir, name, e);
    if (n->lock_path == NULL)
        return -1;
    if ((lock_fd >= 0 ? borrow_lock(n, lock_fd, e) : lock(n, e)) < 0)
        return -1;
    /* What was there before the lock may not be there any more. */
    n->exists = lstat(n->path, &n->old) == 0;
    return open_work(n, name, e);
}

void newfile_close(struct newfile *n)
{
    sigset_t before;

    if (n->fd >= 0)
        close(n->fd);
    doomed_block(&before);
    doomed_set(DOOMED_FILE, NULL);
    doomed_set(DOOMED_FOLDER, NULL);
    doomed_set(DOOMED_LOCK, NULL);
    if (n->work != NULL)
        remove_folder(n->work);
    /* While it is still held, so that nobody can hold a file that has lost its name. */
    if (n->lock_fd >= 0) {
        unlink(n->lock_path);
        close(n->lock_fd);
    }
    doomed_unblock(&before);
    free(n->work);
    free(n->temp);
    free(n->lock_path);
    free(n->path);
    free(n->dir);
    *n = (struct newfile){.lock_fd = -1, .fd = -1};
}

int newfile_old(const struct newfile *n, int *fd, struct err *e)
{
    *fd = -1;
    if (!n->exists)
        return 0;
    *fd = open(n->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return *fd >= 0 ? 0 : err_sys(e, EX_IOERR, "cannot read '%s'", n->path);
}

/* The new file. */

int newfile_create(struct newfile *n, struct err *e)
{
    sigset_t before;

    doomed_block(&before);
    n->fd = open(n->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (n->fd >= 0)
        doomed_set(DOOMED_FILE, n->temp);
    doomed_unblock(&before);
    return n->fd >= 0 ? 0 : err_sys(e, EX_IOERR, "cannot create '%s'", n->temp);
}

/* Give the new file the owner of the old one, as far as we may. Return the rights that it then may have. */
static mode_t keep_owner(const struct newfile *n)
{
    mode_t mode = n->old.st_mode & 0777;

    if (fchown(n->fd, n->old.st_uid, n->old.st_gid) == 0 || fchown(n->fd, (uid_t)-1, n->old.st_gid) == 0)
        return mode;
    log_warn("the group of the file cannot be kept, its rights are dropped", LOG_STR("file", n->path),
        LOG_INT("group", (int64_t)n->old.st_gid));
    return mode & ~(mode_t)070;
}

static mode_t new_mode(void)
{
    mode_t mask = umask(077);

    umask(mask);
    return 0644 & ~mask;
}

int newfile_write_done(struct newfile *n, struct err *e)
{
    int fd = n->fd, r = 0;

    if (fchmod(fd, n->exists ? keep_owner(n) : new_mode()) < 0)
        r = err_sys(e, EX_IOERR, "cannot set the mode of '%s'", n->temp);
    if (r == 0 && fsync(fd) < 0)
        r = err_sys(e, EX_IOERR, "cannot write '%s'", n->temp);
    n->fd = -1;
    if (close(fd) < 0 && r == 0)
        r = err_sys(e, EX_IOERR, "cannot write '%s'", n->temp);
    return r;
}

/* See that the file is still the one that was there when we began. */
static int check_unchanged(const struct newfile *n, struct err *e)
{
    struct stat now;
    bool exists = lstat(n->path, &now) == 0;

    if (exists == n->exists &&
        (!exists || (now.st_dev == n->old.st_dev && now.st_ino == n->old.st_ino && now.st_size == n->old.st_size &&
                        now.st_mtim.tv_sec == n->old.st_mtim.tv_sec && now.st_mtim.tv_nsec == n->old.st_mtim.tv_nsec)))
        return 0;
    return err_set(e, EX_TEMPFAIL, "'%s' was changed by another program meanwhile", n->path);
}

int newfile_sync_folder(const char *dir, struct err *e)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;

    /* A folder that may be written but not read is synchronised with the rest, some time. */
    if (fd < 0)
        return errno == EACCES ? 0 : err_sys(e, EX_IOERR, "cannot open '%s'", dir);
    if (fsync(fd) < 0 && errno != EINVAL && errno != EOPNOTSUPP && errno != EROFS)
        r = err_sys(e, EX_IOERR, "cannot write '%s'", dir);
    close(fd);
    return r;
}

int newfile_publish(struct newfile *n, struct err *e)
{
    sigset_t before;
    int r = check_unchanged(n, e);

    doomed_block(&before);
    if (r == 0 && rename(n->temp, n->path) < 0)
        r = err_sys(e, EX_IOERR, "cannot rename '%s' to '%s'", n->temp, n->path);
    if (r == 0)
        doomed_set(DOOMED_FILE, NULL);
    doomed_unblock(&before);
    if (r == 0 && newfile_sync_folder(n->dir, e) < 0)
        r = err_context(e, "'%s' is published, but may not survive a loss of power", n->path);
    return r;
}
