/* Fifty children at once: all live together, all are waited for, in any order. */
#include "fork.h"

enum {
    CHILDREN = 50
};

int main(void)
{
    pid_t pids[CHILDREN];
    struct gate born = gate_new(), go = gate_new();
    int seen[CHILDREN] = {0}, status, count = 0;
    pid_t pid;

    for (int i = 0; i < CHILDREN; i++) {
        pids[i] = must_fork();
        if (pids[i] == 0) {
            gate_open(born);
            gate_wait(go);
            _exit(i);
        }
    }
    for (int i = 0; i < CHILDREN; i++)
        gate_wait(born);
    for (int i = 0; i < CHILDREN; i++)
        gate_open(go);
    while ((pid = wait(&status)) > 0) {
        CHECK(WIFEXITED(status));
        CHECK(pids[WEXITSTATUS(status)] == pid);
        count += !seen[WEXITSTATUS(status)]++;
    }
    SAY("%d children, then %s", count, err_name(errno));
    return 0;
}
