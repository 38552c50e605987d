/*
 * Descriptors over fork: files share their offset and flags, not their numbers; eventfd and timerfd
 * are common; flock(2) belongs to the description, fcntl(2) locks to the process.
 */
#include "../net.h"
#include "fork.h"
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/timerfd.h>

static bool locked_by_other(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    MUST(fcntl(fd, F_GETLK, &lock));
    return lock.l_type != F_UNLCK;
}

int main(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct itimerspec soon = {.it_value.tv_nsec = 1000000};
    int file = file_with("data", "0123456789"), flocked = file_with("locked", "");
    int event = MUST(eventfd(0, 0)), timer = MUST(timerfd_create(CLOCK_MONOTONIC, 0)), other;
    uint64_t count;
    char c;
    pid_t pid;

    MUST(flock(flocked, LOCK_EX));
    MUST(fcntl(file, F_SETLK, &lock));
    MUST(read(file, &c, 1));
    pid = must_fork();
    if (pid == 0) {
        SHOW(lseek(file, 4, SEEK_CUR));
        MUST(fcntl(file, F_SETFL, O_APPEND));
        SHOW(locked_by_other(file));
        SHOW(flock(flocked, LOCK_EX | LOCK_NB)); /* ours as well */
        other = MUST(open("locked", O_RDWR));
        SHOW(flock(other, LOCK_EX | LOCK_NB));
        close(other);
        close(flocked);
        count = 5;
        write_all(event, &count, sizeof(count));
        MUST(timerfd_settime(timer, 0, &soon, NULL));
        _exit(0);
    }
    SHOW(read(event, &count, sizeof(count)));
    SHOW(count);
    SHOW(read(timer, &count, sizeof(count)));
    SHOW(count);
    reap("child", pid);
    SHOW(read(file, &c, 1));
    SAY("%c append %d", c, (fcntl(file, F_GETFL) & O_APPEND) != 0);
    other = MUST(open("locked", O_RDWR));
    SHOW(flock(other, LOCK_EX | LOCK_NB)); /* the child's close did not unlock */
    close(flocked);
    SHOW(flock(other, LOCK_EX | LOCK_NB));
    return 0;
}
