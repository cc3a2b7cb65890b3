#include "deep.h"

int deep_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
    pthread_attr_t attr;
    int failed;

    failed = pthread_attr_init(&attr);
    if (failed != 0)
        return failed;
    failed = pthread_attr_setstacksize(&attr, DEEP_STACK);
    if (failed == 0)
        failed = pthread_create(thread, &attr, run, arg);
    if (failed != 0)
        failed = pthread_create(thread, NULL, run, arg);
    pthread_attr_destroy(&attr);
    return failed;
}
