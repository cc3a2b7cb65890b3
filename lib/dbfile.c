#include "dbfile.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BASE_VFS "unix-none"

/* A read this little ahead of the one before goes on: pages of other kinds stand between. */
#define AHEAD (16 * 1024)

/*
 * One open file; that of the base VFS follows in memory.  ${in} has ${in_len} bytes of the file from ${in_at} on;
 * ${out} has ${out_len} from ${out_at} on that are not written yet, and which no byte of ${in} overlaps.  A buffer is
 * NULL until it is needed, and where there is no memory for it.  ${next} is where the last read ended.  ${failed} is why
 * something that was taken could not be written, for good: every call fails so from then on.
 */
struct dbfile {
    sqlite3_file methods;
    char *in, *out;
    sqlite3_int64 in_at, out_at, next;
    int in_len, out_len;
    int failed;
};

static sqlite3_file *base(sqlite3_file *f)
{
    return (sqlite3_file *)((struct dbfile *)(void *)f + 1);
}

/* Write what is pending. */
static int flush(sqlite3_file *file)
{
    struct dbfile *f = (struct dbfile *)(void *)file;

    if (f->failed == SQLITE_OK && f->out_len > 0)
        f->failed = base(file)->pMethods->xWrite(base(file), f->out, f->out_len, f->out_at);
    f->out_len = 0;
    return f->failed;
}

static int close_file(sqlite3_file *file)
{
    struct dbfile *f = (struct dbfile *)(void *)file;
    int r = flush(file), r2 = base(file)->pMethods->xClose(base(file));

    free(f->in);
    free(f->out);
    f->in = f->out = NULL;
    return r != SQLITE_OK ? r : r2;
}

static bool overlaps(sqlite3_int64 a, sqlite3_int64 a_len, sqlite3_int64 b, sqlite3_int64 b_len)
{
    return a < b + b_len && b < a + a_len;
}

/* Fill the buffer from ${at} on, if ${len} bytes are there; whether they were. What fails is left to the plain read. */
static bool read_ahead(sqlite3_file *file, int len, sqlite3_int64 at)
{
    struct dbfile *f = (struct dbfile *)(void *)file;
    sqlite3_int64 size;

    f->in_len = 0;
    if (f->in == NULL)
        f->in = malloc(DBFILE_PIECE);
    if (f->in == NULL || flush(file) != SQLITE_OK || base(file)->pMethods->xFileSize(base(file), &size) != SQLITE_OK)
        return false;
    size = size - at < DBFILE_PIECE ? size - at : DBFILE_PIECE;
    if (size < len || base(file)->pMethods->xRead(base(file), f->in, (int)size, at) != SQLITE_OK)
        return false;
    f->in_at = at;
    f->in_len = (int)size;
    return true;
}

static int read_file(sqlite3_file *file, void *p, int len, sqlite3_int64 at)
{
    struct dbfile *f = (struct dbfile *)(void *)file;
    bool goes_on = at >= f->next && at <= f->next + AHEAD && len < DBFILE_PIECE, there;

    f->next = at + len;
    there = at >= f->in_at && at + len <= f->in_at + f->in_len;
    if (there || (goes_on && read_ahead(file, len, at))) {
        memcpy(p, f->in + (at - f->in_at), (size_t)len);
        return SQLITE_OK;
    }
    if (overlaps(at, len, f->out_at, f->out_len))
        flush(file);
    if (f->failed != SQLITE_OK)
        return f->failed;
    return base(file)->pMethods->xRead(base(file), p, len, at);
}

static int write_file(sqlite3_file *file, const void *p, int len, sqlite3_int64 at)
{
    struct dbfile *f = (struct dbfile *)(void *)file;
    bool inside = at >= f->out_at && at <= f->out_at + f->out_len && at + len <= f->out_at + DBFILE_PIECE;

    if (overlaps(at, len, f->in_at, f->in_len))
        f->in_len = 0;
    if (f->out == NULL)
        f->out = malloc(DBFILE_PIECE);
    if (f->out_len == 0 || !inside) {
        int r = flush(file);

        if (r != SQLITE_OK)
            return r;
        if (f->out == NULL || len > DBFILE_PIECE)
            return base(file)->pMethods->xWrite(base(file), p, len, at);
        f->out_at = at;
    }
    memcpy(f->out + (at - f->out_at), p, (size_t)len);
    if (f->out_len < at - f->out_at + len)
        f->out_len = (int)(at - f->out_at) + len;
    return SQLITE_OK;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    int r = flush(file);

    ((struct dbfile *)(void *)file)->in_len = 0;
    return r != SQLITE_OK ? r : base(file)->pMethods->xTruncate(base(file), size);
}

static int sync_file(sqlite3_file *file, int flags)
{
    int r = flush(file);

    return r != SQLITE_OK ? r : base(file)->pMethods->xSync(base(file), flags);
}

static int size_file(sqlite3_file *file, sqlite3_int64 *size)
{
    int r = flush(file);

    return r != SQLITE_OK ? r : base(file)->pMethods->xFileSize(base(file), size);
}

static int lock_file(sqlite3_file *file, int lock)
{
    return base(file)->pMethods->xLock(base(file), lock);
}

static int unlock_file(sqlite3_file *file, int lock)
{
    return base(file)->pMethods->xUnlock(base(file), lock);
}

static int check_lock(sqlite3_file *file, int *held)
{
    return base(file)->pMethods->xCheckReservedLock(base(file), held);
}

static int control_file(sqlite3_file *file, int operation, void *arg)
{
    return base(file)->pMethods->xFileControl(base(file), operation, arg);
}

static int sector_size(sqlite3_file *file)
{
    return base(file)->pMethods->xSectorSize(base(file));
}

static int characteristics(sqlite3_file *file)
{
    return base(file)->pMethods->xDeviceCharacteristics(base(file));
}

/* Of version 1: without shared memory and without mapping into memory, which these files are not to have. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_file,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_lock,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    sqlite3_vfs *system = vfs->pAppData;
    int r;

    *(struct dbfile *)(void *)file = (struct dbfile){0};
    r = system->xOpen(system, name, base(file), flags, out_flags);
    if (r == SQLITE_OK)
        file->pMethods = &methods;
    return r;
}

int dbfile_flush(sqlite3 *db)
{
    sqlite3_file *file = NULL;

    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == NULL ||
        file->pMethods != &methods)
        return SQLITE_OK;
    ((struct dbfile *)(void *)file)->in_len = 0;
    return flush(file);
}

const char *dbfile_vfs(void)
{
    static sqlite3_vfs vfs;
    sqlite3_vfs *system = sqlite3_vfs_find(BASE_VFS);

    if (vfs.zName != NULL)
        return vfs.zName;
    if (system == NULL)
        return NULL;
    vfs = *system;
    vfs.pNext = NULL;
    vfs.zName = "dbfile";
    vfs.szOsFile = (int)sizeof(struct dbfile) + system->szOsFile;
    vfs.pAppData = system;
    vfs.xOpen = open_file;
    if (sqlite3_vfs_register(&vfs, 0) == SQLITE_OK)
        return vfs.zName;
    vfs.zName = NULL;
    return NULL;
}
