#include "workdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

#define MAKE_TRIES 8

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static void remove_tree(const char *path)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0 && errno != ENOENT)
        log_warn("a folder could not be removed", LOG_STR("path", path), LOG_STR("error", strerror(errno)));
}

/* Open a folder of our user's and take its lock. Return the descriptor, or -1. */
static int lock_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd >= 0 && (fstat(fd, &st) < 0 || st.st_uid != geteuid() || flock(fd, LOCK_EX | LOCK_NB) < 0)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void sweep_one(const char *base, const char *name)
{
    char *path;
    int fd;

    if (asprintf(&path, "%s/%s", base, name) < 0)
        return;
    fd = lock_folder(path);
    if (fd >= 0) {
        log_debug("removing what a killed run left", LOG_STR("path", path));
        remove_tree(path);
        close(fd);
    }
    free(path);
}

void workdir_sweep(const char *base, const char *prefix)
{
    DIR *d = opendir(base);
    struct dirent *entry;

    while (d != NULL && (entry = readdir(d)) != NULL)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            sweep_one(base, entry->d_name);
    if (d != NULL)
        closedir(d);
}

/* Make one folder and lock it. Return 0, 1 if another run's sweep got between the two, or -1 with ${e}. */
static int make_one(struct workdir *w, const char *base, const char *prefix, struct err *e)
{
    if (asprintf(&w->path, "%s/%sXXXXXX", base, prefix) < 0) {
        w->path = NULL;
        return err_set(e, EX_OSERR, "no memory");
    }
    if (mkdtemp(w->path) == NULL)
        return err_sys(e, EX_CANTCREAT, "cannot make a folder in '%s'", base);
    w->fd = lock_folder(w->path);
    if (w->fd >= 0)
        return 0;
    rmdir(w->path);
    return 1;
}

int workdir_make(struct workdir *w, const char *base, const char *prefix, struct err *e)
{
    int r = 1;

    *w = (struct workdir){.fd = -1};
    for (int tries = 0; r > 0 && tries < MAKE_TRIES; tries++) {
        free(w->path);
        r = make_one(w, base, prefix, e);
    }
    if (r == 0)
        return 0;
    free(w->path);
    w->path = NULL;
    return r < 0 ? -1 : err_set(e, EX_CANTCREAT, "cannot lock a folder in '%s'", base);
}

void workdir_remove(struct workdir *w)
{
    if (w->path == NULL)
        return;
    remove_tree(w->path);
    workdir_forget(w);
}

void workdir_forget(struct workdir *w)
{
    free(w->path);
    close(w->fd);
    *w = (struct workdir){.fd = -1};
}
