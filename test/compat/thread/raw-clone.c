/* clone(2) by hand: tids are stored as asked, and cleared and woken at the end. */
#include "compat.h"
#include <linux/futex.h>
#include <sched.h>

static char stack[64 << 10] __attribute__((aligned(16)));
static volatile int parent_tid, child_tid, seen;

static int child(void *arg)
{
    seen = *(int *)arg + (child_tid == syscall(SYS_gettid)) + (parent_tid == child_tid);
    return 0;
}

int main(void)
{
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    int arg = 40, tid, left;

    child_tid = -1;
    tid = MUST(clone(child, stack + sizeof(stack), flags, &arg, &parent_tid, NULL, &child_tid));
    CHECK(parent_tid == tid);
    while ((left = child_tid))
        syscall(SYS_futex, &child_tid, FUTEX_WAIT, left, NULL, NULL, 0);
    SAY("seen %d", seen);
    SHOW(clone(child, stack + sizeof(stack), CLONE_THREAD, &arg));
    SHOW(clone(child, stack + sizeof(stack), CLONE_SIGHAND, &arg));
    return 0;
}
