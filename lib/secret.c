#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fullio.h"
#include "guard.h"
#include "json.h"
#include "log.h"
#include "number.h"
#include "prompt.h"
#include "setting.h"

/* A file of the greatest length has a line end behind the secret; one byte more shows that it is too long. */
#define FILE_MAX (SECRET_MAX + 3)

int secret_check_text(const char *text, size_t len, const char *what, struct err *e)
{
    if (len == 0)
        return err_set(e, EX_CONFIG, "%s is empty", what);
    if (len > SECRET_MAX)
        return err_set(e, EX_CONFIG, "%s is longer than %zu bytes", what, SECRET_MAX);
    if (memchr(text, '\n', len) != NULL)
        return err_set(e, EX_CONFIG, "%s has more than one line", what);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return err_set(e, EX_CONFIG, "%s holds a control character", what);
    return json_utf8(text, len) ? 0 : err_set(e, EX_CONFIG, "%s is not UTF-8", what);
}

/* Take ${len} bytes at ${text}, called ${what}, as the secret. */
static int take_text(struct secret *s, const char *text, size_t len, const char *what, struct err *e)
{
    if (len > 0 && text[len - 1] == '\n')
        len--;
    if (len > 0 && text[len - 1] == '\r')
        len--;
    if (secret_check_text(text, len, what, e) < 0)
        return -1;
    memcpy(s->text, text, len);
    s->text[len] = '\0';
    s->len = len;
    guard_secret(s->text, len);
    return 0;
}

/* Overwrite every ${variable} in the block that the kernel shows as this process's environment, and drop it. */
static void clear_environment(const char *variable)
{
    size_t name = strlen(variable);

    for (char **v = environ; v != NULL && *v != NULL; v++)
        if (strncmp(*v, variable, name) == 0 && (*v)[name] == '=')
            explicit_bzero(*v + name + 1, strlen(*v + name + 1));
    unsetenv(variable);
}

static void warn_if_readable(int fd, const char *what)
{
    struct stat st;

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IROTH) != 0)
        log_warn("everybody on this machine can read the client secret: take the permission away with chmod o-r",
            LOG_STR("source", what));
}

static int read_fd(struct secret *s, int fd, const char *what, struct err *e)
{
    char text[FILE_MAX];
    ssize_t len = isatty(fd) ? prompt_read(fd, text, sizeof(text)) : fullio_read(fd, text, sizeof(text));
    int r = len < 0 ? err_sys(e, EX_NOINPUT, "cannot read %s", what) : take_text(s, text, (size_t)len, what, e);

    explicit_bzero(text, sizeof(text));
    return r;
}

/* The descriptor that ${path} means, or -1: "-" is standard input, and "/dev/fd/3" is 3. */
static int handed_descriptor(const char *path)
{
    static const char folder[] = "/dev/fd/";
    int64_t fd;

    if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0)
        return STDIN_FILENO;
    if (strncmp(path, folder, strlen(folder)) != 0 || number_parse(path + strlen(folder), 0, INT_MAX, &fd) < 0)
        return -1;
    return (int)fd;
}

/*
 * Read the secret from a descriptor that our parent opened.  Opened again by its name, a FIFO whose writer is done would
 * wait for another one for ever.  A file that it has read before is read from its start, as if it were opened.
 */
static int read_handed(struct secret *s, int fd, bool from_start, struct err *e)
{
    const char *what = fd == STDIN_FILENO ? "the client secret on standard input" : "the file of the client secret";
    int r;

    if (from_start) {
        lseek(fd, 0, SEEK_SET);
        warn_if_readable(fd, what);
    }
    r = read_fd(s, fd, what, e);
    if (fd > STDERR_FILENO)
        close(fd);
    return r;
}

/* Read the secret from the file ${path}, called ${what}. */
static int read_file(struct secret *s, const char *path, const char *what, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), r;

    if (fd < 0)
        return err_sys(e, EX_NOINPUT, "cannot open %s", what);
    warn_if_readable(fd, what);
    r = read_fd(s, fd, what, e);
    close(fd);
    return r;
}

/* Read systemd's credential. A directory without that file is as good as none. */
static int read_credential(struct secret *s, const struct secret_place *place, struct err *e)
{
    const char *dir = setting_text("CREDENTIALS_DIRECTORY");
    char *path = NULL, what[128];
    int r;

    if (dir != NULL && asprintf(&path, "%s/%s", dir, place->credential) < 0)
        return err_set(e, EX_OSERR, "no memory for a path");
    snprintf(what, sizeof(what), "the credential %s", place->credential);
    if (path == NULL || (access(path, F_OK) < 0 && errno == ENOENT))
        r = err_set(e, EX_CONFIG, "the client secret is not set: use --client-secret-file or %s", place->variable);
    else
        r = read_file(s, path, what, e);
    free(path);
    return r;
}

int secret_open(const char *file, struct err *e)
{
    int fd = handed_descriptor(file);

    if (fd < 0)
        fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return fd >= 0 ? fd : err_sys(e, EX_NOINPUT, "cannot open the file of --airbyte-client-secret-file");
}

bool secret_on_stdin(const char *file)
{
    return file != NULL && handed_descriptor(file) == STDIN_FILENO;
}

int secret_read(struct secret *s, const struct secret_place *place, const char *file, struct err *e)
{
    const char *value = setting_text(place->variable);
    int fd = file != NULL ? handed_descriptor(file) : -1, r;

    s->len = 0;
    if (fd >= 0)
        r = read_handed(s, fd, strcmp(file, "-") != 0, e);
    else if (file != NULL)
        r = read_file(s, file, "the file of the client secret", e);
    else if (value != NULL)
        r = take_text(s, value, strlen(value), place->variable, e);
    else
        r = read_credential(s, place, e);
    clear_environment(place->variable);
    return r;
}

void secret_wipe(struct secret *s)
{
    explicit_bzero(s, sizeof(*s));
}
