/*
 * Process groups: a parent puts its child into a group of its own, signals that group, waits for
 * it; others cannot be moved.
 */
#include "fork.h"

static int waits(void *arg)
{
    (void)arg;
    pause();
    return 1;
}

int main(void)
{
    struct gate hold = gate_new();
    pid_t a = spawn(waits, NULL), b, c;
    int status;

    SHOW(setpgid(a, a));
    CHECK(getpgid(a) == a);
    b = spawn(waits, NULL);
    SHOW(setpgid(b, a));
    CHECK(getpgid(b) == a);
    SHOW(waitpid(-a, &status, WNOHANG));
    SHOW(kill(-a, SIGTERM));
    CHECK(waitpid(-a, &status, 0) > 0);
    SAY("%s", status_name(status));
    CHECK(waitpid(-a, &status, 0) > 0);
    SAY("%s", status_name(status));
    SHOW(waitpid(-a, &status, 0));
    SHOW(kill(-a, SIGTERM));

    SHOW(setpgid(0x3ffffff, 0));
    SHOW(setpgid(1, 0));
    SHOW(getpgid(0x3ffffff));
    SHOW(setpgid(-1, 0));
    c = must_fork();
    if (c == 0) {
        SHOW(setsid() == getpid());
        SHOW(setpgid(0, 0));
        gate_open(hold);
        pause();
    }
    gate_wait(hold);
    SHOW(setpgid(c, getpgrp())); /* in another session */
    CHECK(getsid(c) == c);
    MUST(kill(c, SIGINT));
    reap("session", c);
    return 0;
}
