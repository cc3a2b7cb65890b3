/*
 * unconfined.c: a library to preload, which makes the kernel one without Landlock and seccomp: programs must not depend
 * on either. AB_UNCONFINED names what is missing: "landlock", "seccomp", "both" or, with a right that cannot be given
 * up, "prctl".
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Kept from the start: a program may drop its environment. */
static char *missing;

__attribute__((constructor)) static void at_start(void)
{
    const char *text = getenv("AB_UNCONFINED");

    missing = text != NULL ? strdup(text) : NULL;
}

static int lacks(const char *what)
{
    return missing != NULL &&
           (strcmp(missing, what) == 0 || (strcmp(missing, "both") == 0 && strcmp(what, "prctl") != 0));
}

long syscall(long number, ...)
{
    static long (*real)(long, ...);
    long a[6];
    va_list ap;

    if ((number >= SYS_landlock_create_ruleset && number <= SYS_landlock_restrict_self && lacks("landlock")) ||
        (number == SYS_seccomp && lacks("seccomp"))) {
        errno = ENOSYS;
        return -1;
    }
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "syscall");
    va_start(ap, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(ap, long);
    va_end(ap);
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int prctl(int option, ...)
{
    static int (*real)(int, ...);
    unsigned long a[4];
    va_list ap;

    if ((option == PR_SET_NO_NEW_PRIVS && lacks("prctl")) || (option == PR_SET_SECCOMP && lacks("seccomp"))) {
        errno = EINVAL;
        return -1;
    }
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "prctl");
    va_start(ap, option);
    for (int i = 0; i < 4; i++)
        a[i] = va_arg(ap, unsigned long);
    va_end(ap);
    return real(option, a[0], a[1], a[2], a[3]);
}
