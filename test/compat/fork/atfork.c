/* pthread_atfork(3): prepare in reverse order, then parent and child in order; vfork calls none. */
#include "fork.h"

#define HANDLERS(n)                 \
    static void prepare##n(void)    \
    {                               \
        SAY("prepare " #n);         \
    }                               \
    static void in_parent##n(void)  \
    {                               \
        parents = parents * 10 + n; \
    }                               \
    static void in_child##n(void)   \
    {                               \
        SAY("child " #n);           \
    }

static int parents;
HANDLERS(1)
HANDLERS(2)

int main(void)
{
    pid_t pid;

    SHOW_ERR(pthread_atfork(prepare1, in_parent1, in_child1));
    SHOW_ERR(pthread_atfork(prepare2, in_parent2, in_child2));
    pid = must_fork();
    if (pid == 0)
        exit(0);
    reap("child", pid);
    SHOW(parents);
    return 0;
}
