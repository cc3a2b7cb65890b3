/*
 * attempt.c: a library to preload. When the program that it is in ends, and has long given up its rights, it makes the
 * attempt that AB_ATTEMPT names, as a filter or a file that took the program over would, and says on standard error how
 * that went: "attempt: done", or "attempt: " and the error.
 *
 *   read:PATH  write:PATH  list:DIR  connect:PORT (TCP, 127.0.0.1)  exec:PATH  kill:PID (signal 0)
 *
 * Only in the program whose name (as argv[0] ends) is AB_ATTEMPT_IN.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int attempt_connect(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof(to));
}

/* Whether another program can be started shows in its place: here, or as an error. */
static int attempt_exec(const char *path)
{
    char *const argv[] = {(char *)path, NULL}, *const envp[] = {NULL};

    dprintf(STDERR_FILENO, "attempt: ");
    dup2(STDERR_FILENO, STDOUT_FILENO);
    return execve(path, argv, envp);
}

static int attempt(const char *what, const char *object)
{
    if (strcmp(what, "read") == 0)
        return open(object, O_RDONLY | O_CLOEXEC);
    if (strcmp(what, "write") == 0)
        return open(object, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (strcmp(what, "list") == 0)
        return open(object, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (strcmp(what, "connect") == 0)
        return attempt_connect(object);
    if (strcmp(what, "exec") == 0)
        return attempt_exec(object);
    if (strcmp(what, "kill") == 0)
        return kill((pid_t)atoi(object), 0);
    errno = EINVAL;
    return -1;
}

/* Kept from the start: a program may drop its environment. */
static char *wish;

__attribute__((constructor)) static void at_start(void)
{
    const char *text = getenv("AB_ATTEMPT"), *in = getenv("AB_ATTEMPT_IN");

    if (text != NULL && in != NULL && strcmp(program_invocation_short_name, in) == 0)
        wish = strdup(text);
}

__attribute__((destructor)) static void at_end(void)
{
    const char *colon;
    char what[16];

    if (wish == NULL)
        return;
    colon = strchr(wish, ':');
    if (colon == NULL || (size_t)(colon - wish) >= sizeof(what))
        return;
    memcpy(what, wish, (size_t)(colon - wish));
    what[colon - wish] = '\0';
    if (attempt(what, colon + 1) < 0)
        dprintf(STDERR_FILENO, "%s%s\n", strcmp(what, "exec") == 0 ? "" : "attempt: ", strerror(errno));
    else
        dprintf(STDERR_FILENO, "attempt: done\n");
}
