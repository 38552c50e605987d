/*
 * Two programs fork at the same time: each waits for its own children only.
 *
 * roles: one two
 */
#include "../pair/echo.h"
#include "fork.h"

int main(int argc, char **argv)
{
    int base = is_role(argc, argv, "one") ? 100 : 200, sum = 0, status;

    for (int i = 0; i < 10; i++) {
        pid_t pid = must_fork();

        if (pid == 0)
            _exit(base + i);
        if (i % 2) {
            CHECK(waitpid(pid, &status, 0) == pid);
            sum += WEXITSTATUS(status) - base;
        }
    }
    while (wait(&status) > 0)
        sum += WEXITSTATUS(status) - base;
    SAY("%d, then %s", sum, err_name(errno));
    return 0;
}
