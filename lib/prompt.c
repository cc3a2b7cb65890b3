#include "prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "fullio.h"

/* The signals that a person or a shell ends a program with. */
static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

#define ENDINGS (sizeof(endings) / sizeof(endings[0]))

/* What the handler has to put right: the terminal, and as what. It runs only between hide and show. */
static struct {
    int fd;
    struct termios before;
} hidden;

static void end_visibly(int signal_number)
{
    tcsetattr(hidden.fd, TCSANOW, &hidden.before);
    /* SA_RESETHAND has restored the default action, which this is. */
    raise(signal_number);
}

/* Stop showing what is typed. Return 0, or -1 with errno. */
static int hide_typing(int fd, struct sigaction before[ENDINGS])
{
    struct sigaction end = {.sa_handler = end_visibly, .sa_flags = (int)SA_RESETHAND};
    struct termios silent;

    if (tcgetattr(fd, &silent) < 0)
        return -1;
    hidden.fd = fd;
    hidden.before = silent;
    sigemptyset(&end.sa_mask);
    for (size_t i = 0; i < ENDINGS; i++)
        sigaction(endings[i], &end, &before[i]);
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ICANON | ECHONL;
    return tcsetattr(fd, TCSAFLUSH, &silent);
}

static void show_typing(int fd, const struct sigaction before[ENDINGS])
{
    tcsetattr(fd, TCSAFLUSH, &hidden.before);
    for (size_t i = 0; i < ENDINGS; i++)
        sigaction(endings[i], &before[i], NULL);
}

/* On the terminal itself: standard error may be a log that others read. */
static void ask_for_secret(void)
{
    static const char question[] = "client secret: ";
    int tty = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);

    if (tty < 0)
        return;
    /* Without the question the secret can be typed all the same. */
    (void)fullio_write(tty, question, strlen(question));
    close(tty);
}

ssize_t prompt_read(int fd, char *text, size_t size)
{
    struct sigaction before[ENDINGS];
    ssize_t n;
    int saved;

    if (hide_typing(fd, before) < 0)
        return -1;
    ask_for_secret();
    /* A terminal gives a line at a time. */
    do
        n = read(fd, text, size);
    while (n < 0 && errno == EINTR);
    saved = errno;
    show_typing(fd, before);
    errno = saved;
    return n;
}
