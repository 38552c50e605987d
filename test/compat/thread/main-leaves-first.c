/*
 * The main thread may leave by pthread_exit: the program goes on until its last thread ends, with
 * status 0.
 *
 * variants: glibc musl
 */
#include "compat.h"

static pthread_t main_thread;

static void *last(void *arg)
{
    CHECK(pthread_join(main_thread, NULL) == 0);
    SAY("the main thread has gone");
    return arg;
}

int main(void)
{
    main_thread = pthread_self();
    start_thread(last, NULL);
    pthread_exit(NULL);
}
