#include "pebble_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

int pebble_file_read(int fd, const struct pebble_file *f, uint64_t at, void *to, uint64_t len, struct err *e)
{
    char *p = to;

    if (at > f->size || len > f->size - at)
        return err_set(e, EX_DATAERR, "%s: %" PRIu64 " bytes at %" PRIu64 " are beyond its end", f->name, len, at);
    while (len > 0) {
        ssize_t n = pread(fd, p, len, (off_t)(f->offset + at));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, EX_IOERR, "cannot read the temporary file");
        if (n == 0)
            return err_set(e, EX_IOERR, "the temporary file has changed its size");
        p += n;
        at += (uint64_t)n;
        len -= (uint64_t)n;
    }
    return 0;
}

bool pebble_file_number(const struct pebble_file *f, const char *suffix, uint64_t *number)
{
    const char *dot = strrchr(f->name, '.');
    size_t digits = strspn(f->name, "0123456789");

    *number = 0;
    if (dot == NULL || strcmp(dot + 1, suffix) != 0 || digits == 0 || digits > 19)
        return false;
    for (size_t i = 0; i < digits; i++)
        *number = *number * 10 + (uint64_t)(f->name[i] - '0');
    /* A log that went on elsewhere has a further number behind a dash. */
    return f->name[digits] == '.' || f->name[digits] == '-';
}
