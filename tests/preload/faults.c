/*
 * faults.c: a library to preload: the Nth call of a kind fails, or kills the process just before it would be made.
 *
 *     AB_FAULT=KIND:N:fail    ENOMEM for memory, ENOSPC for what makes or writes files, ENOLCK for locks, else EIO
 *     AB_FAULT=KIND:N:kill
 *     AB_FAULT=KIND:N:ERRNO   with that number
 *
 * KIND is one of the kinds below, or all.  AB_FAULT_COUNTS names a file; when the process ends by itself, the number of
 * calls of each kind is appended to it, so that whoever asks knows when N has left the end behind.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { MEMORY, OPEN, READ, WRITE, SYNC, RENAME, CLOSE, MKDIR, UNLINK, LOCK, KINDS };
static const char *const names[KINDS] = {
    "memory", "open", "read", "write", "sync", "rename", "close", "mkdir", "unlink", "lock"};
static const int causes[KINDS] = {ENOMEM, ENOSPC, EIO, ENOSPC, EIO, EIO, EIO, ENOSPC, EIO, ENOLCK};

static atomic_long counts[KINDS];
static atomic_long total;

/* Open from the start: the program may not open files any more when it ends. */
static int counts_fd = -1;

/* What is asked for. ${kind} KINDS: all. Nothing happens before it is read, nor after the end has begun. */
static struct {
    bool on;
    int kind;
    long n;
    bool deadly;
    int cause; /* 0: that of the kind */
} fault;

/* Where libseccomp's code is: some of its releases never return where memory runs out, so its own calls do not count. */
static uintptr_t spared_from, spared_to;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

static int find_spared(struct dl_phdr_info *object, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    if (strstr(object->dlpi_name, "/libseccomp.so") == NULL)
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_LOAD && (object->dlpi_phdr[i].p_flags & PF_X) != 0) {
            spared_from = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr;
            spared_to = spared_from + object->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

static bool spared(const void *caller)
{
    return (uintptr_t)caller >= spared_from && (uintptr_t)caller < spared_to;
}

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("AB_FAULT");
    const char *colon = text == NULL ? NULL : strchr(text, ':');
    char *end;

    dl_iterate_phdr(find_spared, NULL);
    fault.kind = KINDS;
    for (int k = 0; colon != NULL && k < KINDS; k++)
        if (strlen(names[k]) == (size_t)(colon - text) && strncmp(text, names[k], (size_t)(colon - text)) == 0)
            fault.kind = k;
    if (colon != NULL) {
        fault.n = strtol(colon + 1, &end, 10);
        fault.deadly = strcmp(end, ":kill") == 0;
        fault.cause = *end == ':' ? atoi(end + 1) : 0;
    }
    if (getenv("AB_FAULT_COUNTS") != NULL)
        counts_fd = (int)syscall(
            SYS_openat, AT_FDCWD, getenv("AB_FAULT_COUNTS"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    fault.on = true;
}

__attribute__((destructor)) static void finish(void)
{
    char line[256];
    int len = 0;

    fault.on = false;
    if (counts_fd < 0)
        return;
    for (int k = 0; k < KINDS; k++)
        len += snprintf(line + len, sizeof(line) - (size_t)len, "%s=%ld ", names[k], counts[k]);
    line[len - 1] = '\n';
    if (syscall(SYS_write, counts_fd, line, (size_t)len) != len)
        _exit(127);
}

/* Count one call; whether it is to fail. */
static bool strikes(enum kind kind)
{
    long n, all;

    if (!fault.on)
        return false;
    n = ++counts[kind];
    all = ++total;
    if (fault.n == 0 || (fault.kind == KINDS ? all : n) != fault.n || (fault.kind != KINDS && fault.kind != (int)kind))
        return false;
    if (fault.deadly)
        raise(SIGKILL);
    errno = fault.cause != 0 ? fault.cause : causes[kind];
    return true;
}

/* The function behind the one here. Never a null pointer: libc has them all. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

void *malloc(size_t size)
{
    return !spared(__builtin_return_address(0)) && strikes(MEMORY) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return !spared(__builtin_return_address(0)) && strikes(MEMORY) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    return !spared(__builtin_return_address(0)) && strikes(MEMORY) ? NULL : __libc_realloc(p, size);
}

static mode_t mode_of(int flags, va_list args)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = mode_of(flags, args);
    va_end(args);
    return strikes(OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = mode_of(flags, args);
    va_end(args);
    return strikes(OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int mkostemp(char *template, int flags)
{
    return strikes(OPEN) ? -1 : REAL(mkostemp)(template, flags);
}

int mkostemp64(char *template, int flags)
{
    return strikes(OPEN) ? -1 : REAL(mkostemp)(template, flags);
}

char *mkdtemp(char *template)
{
    return strikes(MKDIR) ? NULL : REAL(mkdtemp)(template);
}

/* What is read at a place: the working database. */
ssize_t pread(int fd, void *p, size_t n, off_t at)
{
    return strikes(READ) ? -1 : syscall(SYS_pread64, fd, p, n, at);
}

ssize_t pread64(int fd, void *p, size_t n, off_t at)
{
    return strikes(READ) ? -1 : syscall(SYS_pread64, fd, p, n, at);
}

int flock(int fd, int operation)
{
    return strikes(LOCK) ? -1 : (int)syscall(SYS_flock, fd, operation);
}

ssize_t write(int fd, const void *p, size_t n)
{
    /* Not messages: a program may do without them. */
    return fd != STDERR_FILENO && strikes(WRITE) ? -1 : syscall(SYS_write, fd, p, n);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    return strikes(WRITE) ? -1 : syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
    return strikes(WRITE) ? -1 : syscall(SYS_pwrite64, fd, p, n, at);
}

int ftruncate(int fd, off_t size)
{
    return strikes(WRITE) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate64(int fd, off_t size)
{
    return strikes(WRITE) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int fsync(int fd)
{
    return strikes(SYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
    return strikes(RENAME) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* As on Linux, the descriptor is closed all the same. */
int close(int fd)
{
    bool fails = strikes(CLOSE);
    int r = (int)syscall(SYS_close, fd);

    if (fails)
        errno = causes[CLOSE];
    return fails ? -1 : r;
}

int unlink(const char *path)
{
    return strikes(UNLINK) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
