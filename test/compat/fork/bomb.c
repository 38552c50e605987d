/*
 * A program that forks as often as its user may (RLIMIT_NPROC) is refused with EAGAIN then; its
 * children end, and its parent goes on as before.
 */
#include "fork.h"
#include <sys/resource.h>

enum {
    LIMIT = 40,
    USER = 54321
};

static void bomb(void)
{
    const struct rlimit limit = {LIMIT, LIMIT};
    int children = 0;
    pid_t pid;

    MUST(setuid(USER));
    MUST(setrlimit(RLIMIT_NPROC, &limit));
    while ((pid = fork()) > 0 && children <= LIMIT)
        children++;
    if (!pid) {
        for (;;)
            pause();
    }
    CHECK(pid == -1 && errno == EAGAIN);
    CHECK(children >= 1 && children < LIMIT);
    SAY("refused in the end");
    signal(SIGTERM, SIG_IGN);
    MUST(kill(0, SIGTERM));
    while (wait(NULL) > 0)
        children--;
    SAY("%d left", children);
}

int main(void)
{
    pid_t pid;

    if (getuid())
        skip("only root can become another user");
    for (int round = 0; round < 2; round++) {
        pid = must_fork();
        if (!pid) {
            MUST(setpgid(0, 0));
            bomb();
            _exit(0);
        }
        reap("the bomb", pid);
    }
    return 0;
}
