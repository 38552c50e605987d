/* wait(2) ends with EINTR by a handler without SA_RESTART, and goes on after one with it. */
#include "../fork/fork.h"

static volatile sig_atomic_t count;
static struct gate hold;

static void count_it(int sig)
{
    (void)sig;
    count++;
}

static void release(int sig)
{
    (void)sig;
    gate_open(hold);
}

static int kill_parent_until(void *arg)
{
    pid_t parent = getppid();
    char c;

    MUST(fcntl(hold.fds[0], F_SETFL, O_NONBLOCK));
    while (read(hold.fds[0], &c, 1) != 1) {
        kill(parent, (int)(long)arg);
        usleep(1000);
    }
    return 8;
}

int main(void)
{
    int status;
    pid_t pid;

    hold = gate_new();
    on_signal(SIGUSR1, count_it, 0);
    on_signal(SIGUSR2, release, SA_RESTART);
    pid = spawn(kill_parent_until, (void *)(long)SIGUSR1);
    SHOW(waitpid(pid, &status, 0));
    gate_open(hold);
    reap("first", pid);
    CHECK(count > 0);
    MUST(fcntl(hold.fds[0], F_SETFL, 0));
    pid = spawn(kill_parent_until, (void *)(long)SIGUSR2);
    CHECK(waitpid(pid, &status, 0) == pid);
    SAY("second: %s", status_name(status));
    return 0;
}
