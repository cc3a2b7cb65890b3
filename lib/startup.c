#include "startup.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include "log.h"

static void hold_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _exit(EX_OSERR);
}

void startup_begin(const char *name)
{
    sigset_t none;

    hold_standard_descriptors();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGXFSZ, SIG_IGN);
    setlocale(LC_ALL, "C");
    log_init(name);
}

void startup_child(void)
{
    signal(SIGXFSZ, SIG_DFL);
}
