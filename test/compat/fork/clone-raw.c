/*
 * clone(2) of a process: a stack of its own, CLONE_PARENT_SETTID in the parent's memory,
 * CLONE_CHILD_SETTID and CLONE_CHILD_CLEARTID in the child's, any signal at its end; flags that
 * cannot be together are refused.
 */
#include "fork.h"
#include <sys/mman.h>

static pid_t parent_tid, child_tid;
static char stack[64 << 10] __attribute__((aligned(16)));
static volatile sig_atomic_t usr1;

static void count(int sig)
{
    (void)sig;
    usr1++;
}

static int child(void *arg)
{
    char here;

    CHECK(&here >= stack && &here < stack + sizeof(stack));
    CHECK(child_tid == getpid());
    return (int)(long)arg;
}

int main(void)
{
    int status;
    pid_t pid;

    on_signal(SIGUSR1, count, 0);
    parent_tid = child_tid = -1;
    pid = MUST(clone(child, stack + sizeof(stack),
                     CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGUSR1,
                     (void *)33L, &parent_tid, NULL, &child_tid));
    CHECK(parent_tid == pid && child_tid == -1);
    SHOW(waitpid(pid, &status, 0)); /* not a child of fork's kind */
    CHECK(waitpid(pid, &status, __WALL) == pid);
    SAY("%s, signalled %d", status_name(status), (int)usr1);

    pid = MUST(clone(child, stack + sizeof(stack), CLONE_CHILD_SETTID | 0, (void *)34L, NULL, NULL,
                     &child_tid));
    SHOW(waitpid(-1, &status, WNOHANG));
    CHECK(waitpid(pid, &status, __WCLONE) == pid);
    SAY("%s", status_name(status));

    SHOW(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0));
    SHOW(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
    SHOW(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0));
    return 0;
}
