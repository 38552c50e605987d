/* A blocked reader is woken by a write, a blocked writer by a read; semaphores wake one each. */
#include "compat.h"
#include <sys/eventfd.h>

static int fd, taken;

static void *reader(void *arg)
{
    uint64_t value;

    CHECK(read(fd, &value, 8) == 8);
    __atomic_add_fetch(&taken, value, __ATOMIC_SEQ_CST);
    return arg;
}

static void *writer(void *arg)
{
    uint64_t value = 5;

    CHECK(write(fd, &value, 8) == 8);
    return arg;
}

int main(void)
{
    pthread_t threads[10];
    uint64_t value;

    fd = MUST(eventfd(0, 0));
    threads[0] = start_thread(reader, NULL);
    MUST(eventfd_write(fd, 7));
    join_thread(threads[0]);
    SAY("taken %d", taken);
    MUST(eventfd_write(fd, UINT64_MAX - 1));
    threads[0] = start_thread(writer, NULL);
    sleep_ms(5);
    MUST(eventfd_read(fd, &value));
    join_thread(threads[0]);
    MUST(eventfd_read(fd, &value));
    SAY("value %d", (int)value);
    close(fd);
    fd = MUST(eventfd(0, EFD_SEMAPHORE));
    taken = 0;
    for (int i = 0; i < 10; i++)
        threads[i] = start_thread(reader, NULL);
    MUST(eventfd_write(fd, 4));
    MUST(eventfd_write(fd, 6));
    for (int i = 0; i < 10; i++)
        join_thread(threads[i]);
    SAY("taken %d", taken);
    return 0;
}
