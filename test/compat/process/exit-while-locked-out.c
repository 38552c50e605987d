/*
 * exit ends threads that wait for a lock, for the other end of a FIFO, or for a signal descriptor.
 *
 * exit: 3
 */
#include "compat.h"
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

static void *open_fifo(void *arg)
{
    (void)arg;
    open("fifo", O_RDONLY);
    return NULL;
}

static void *take_lock(void *arg)
{
    flock(MUST(open("lock", O_RDWR)), LOCK_EX);
    return arg;
}

static void *read_signals(void *arg)
{
    struct signalfd_siginfo info;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    return read(MUST(signalfd(-1, &set, 0)), &info, sizeof(info)) ? arg : NULL;
}

int main(void)
{
    int held = MUST(open("lock", O_RDWR | O_CREAT, 0600));

    MUST(mkfifo("fifo", 0600));
    MUST(flock(held, LOCK_EX));
    start_thread(open_fifo, NULL);
    start_thread(take_lock, NULL);
    start_thread(read_signals, NULL);
    sleep_ms(20);
    SAY("leaving");
    exit(3);
}
