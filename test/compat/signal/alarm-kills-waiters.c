/*
 * A deadly signal ends a program whose threads wait for a lock and for the other end of a FIFO.
 *
 * exit: 142
 */
#include "compat.h"
#include <sys/file.h>
#include <sys/stat.h>

static void *open_fifo(void *arg)
{
    (void)arg;
    open("fifo", O_WRONLY);
    SAY("not reached");
    return NULL;
}

int main(void)
{
    int held = MUST(open("lock", O_RDWR | O_CREAT, 0600)), other = MUST(open("lock", O_RDWR));

    MUST(mkfifo("fifo", 0600));
    MUST(flock(held, LOCK_EX));
    start_thread(open_fifo, NULL);
    alarm(1);
    flock(other, LOCK_EX);
    SAY("not reached");
    return 0;
}
