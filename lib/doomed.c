#include "doomed.h"

#include <stddef.h>
#include <unistd.h>

/* At file scope, as a handler has no argument. They are written while signals are blocked. */
static const char *volatile doomed[DOOMED_COUNT];

/* SIGXFSZ is here for programs that have not chosen to see EFBIG instead. */
static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGALRM, SIGXCPU, SIGXFSZ};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static void on_signal(int number)
{
    if (doomed[DOOMED_FILE] != NULL)
        unlink(doomed[DOOMED_FILE]);
    if (doomed[DOOMED_FOLDER] != NULL)
        rmdir(doomed[DOOMED_FOLDER]);
    if (doomed[DOOMED_LOCK] != NULL)
        unlink(doomed[DOOMED_LOCK]);
    /* The handler was reset when it was called, so this ends the process as the signal means to. */
    raise(number);
}

void doomed_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}, before;

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaddset(&action.sa_mask, signals[i]);
    for (size_t i = 0; i < SIGNALS; i++)
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
}

void doomed_block(sigset_t *before)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaddset(&set, signals[i]);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

void doomed_unblock(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

void doomed_set(enum doomed place, const char *path)
{
    doomed[place] = path;
}
