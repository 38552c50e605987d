/*
 * errno belongs to its thread, over yields and blocking calls.
 *
 * variants: glibc musl static
 */
#include "compat.h"

static void *fail(void *arg)
{
    bool bad_fd = (long)arg % 2;

    for (int i = 0; i < 2000; i++) {
        if (bad_fd)
            close(-1);
        else
            open("missing", O_RDONLY);
        if (i % 10 == 0)
            sched_yield();
        CHECK(errno == (bad_fd ? EBADF : ENOENT));
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[6];

    errno = EDOM;
    for (long i = 0; i < 6; i++)
        threads[i] = start_thread(fail, (void *)i);
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    SAY("%s", err_name(errno));
    return 0;
}
