#include "trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fullio.h"
#include "setting.h"

/* Append all of ${fd}, and a line end: a file may lack its last. Return 0, or -1 with errno (ENOMEM: no more room). */
static int append_file(struct buf *pem, int fd)
{
    struct stat st;
    char *to;
    ssize_t n;

    if (fstat(fd, &st) < 0)
        return -1;
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    do {
        to = buf_reserve(pem, 64 << 10);
        if (to == NULL) {
            errno = ENOMEM;
            return -1;
        }
        n = fullio_read(fd, to, 64 << 10);
        if (n > 0)
            pem->len += (size_t)n;
    } while (n > 0);
    return n < 0 ? -1 : buf_putc(pem, '\n');
}

static int read_file(struct buf *pem, const char *setting, const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), r = -1;

    if (fd >= 0)
        r = append_file(pem, fd);
    if (r < 0)
        err_sys(e, EX_CONFIG, "%s: cannot read the certificates in '%s'", setting, path);
    if (fd >= 0)
        close(fd);
    return r;
}

/* Append what is in the regular files of ${path}. What cannot be opened there is passed over, as Go does. */
static int read_folder(struct buf *pem, const char *path, struct err *e)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    struct stat st;
    int r = 0;

    while (r == 0 && folder != NULL && (entry = readdir(folder)) != NULL) {
        int fd = openat(dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && append_file(pem, fd) < 0)
            r = err_sys(e, EX_CONFIG, "SSL_CERT_DIR: cannot read the certificates in '%s'", path);
        if (fd >= 0)
            close(fd);
    }
    if (folder != NULL)
        closedir(folder);
    return r;
}

static int read_folders(struct buf *pem, const char *list, struct err *e)
{
    char *copy = strdup(list), *rest = copy, *path;
    int r = copy != NULL ? 0 : err_sys(e, EX_OSERR, "SSL_CERT_DIR");

    while (r == 0 && (path = strsep(&rest, ":")) != NULL)
        if (*path != '\0')
            r = read_folder(pem, path, e);
    free(copy);
    return r;
}

int trust_read(struct buf *pem, const char *file, struct err *e)
{
    const char *own = setting_text("SSL_CERT_FILE"), *folders = setting_text("SSL_CERT_DIR");

    if (file != NULL)
        return read_file(pem, "--cacert", file, e) < 0 ? -1 : 1;
    if (own != NULL && read_file(pem, "SSL_CERT_FILE", own, e) < 0)
        return -1;
    if (folders != NULL && read_folders(pem, folders, e) < 0)
        return -1;
    return own != NULL || folders != NULL;
}
