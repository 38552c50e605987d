/* A signal ends the wait for a lock that another process holds, and the lock is had when that ends.
 */
#include "compat.h"
#include <sys/file.h>
#include <sys/time.h>
#include <sys/wait.h>

static void nothing(int sig UNUSED)
{
}

/* Holds the lock until it is killed; returns when it has it. */
static pid_t holder(int (*lock)(int fd))
{
    int ready[2];
    pid_t pid;
    char c;

    MUST(pipe(ready));
    pid = MUST(fork());
    if (!pid) {
        MUST(lock(MUST(open("f", O_RDWR))));
        MUST(write(ready[1], "x", 1));
        pause();
    }
    CHECK(read(ready[0], &c, 1) == 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static int by_flock(int fd)
{
    return flock(fd, LOCK_EX);
}

static int by_record(int fd)
{
    struct flock lock = {.l_type = F_WRLCK};

    return fcntl(fd, F_SETLKW, &lock);
}

static int by_description(int fd)
{
    struct flock lock = {.l_type = F_WRLCK};

    return fcntl(fd, F_OFD_SETLKW, &lock);
}

static void wait_for(int (*lock)(int fd))
{
    struct itimerval often = {{0, 20000}, {0, 20000}}, never = {0};
    pid_t pid = holder(lock);
    int fd = MUST(open("f", O_RDWR));

    on_signal(SIGALRM, nothing, 0);
    MUST(setitimer(ITIMER_REAL, &often, NULL));
    SHOW(lock(fd));
    MUST(setitimer(ITIMER_REAL, &never, NULL));
    MUST(kill(pid, SIGKILL));
    SHOW(lock(fd));
    MUST(waitpid(pid, NULL, 0));
    close(fd);
}

static void all(void)
{
    wait_for(by_flock);
    wait_for(by_record);
    wait_for(by_description);
}

int main(void)
{
    int status;

    close(file_with("f", "content"));
    all();
    if (!MUST(fork())) {
        SAY("in a child");
        all();
        exit(0);
    }
    MUST(wait(&status));
    return status;
}
