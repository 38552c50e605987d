/*
 * A program may not take away what owns its calls: switching its own Syscall User Dispatch off,
 * which it never was on, succeeds; malformed requests are EINVAL; and switching it on is either
 * what Linux makes of it or EINVAL, as from a kernel built without it (prctl(2)).
 *
 * report: unknown system call 1000
 */
#include "compat.h"
#include <sys/prctl.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif

enum {
    OFF,
    ON
};

static volatile char allow; /* SYSCALL_DISPATCH_FILTER_ALLOW */

int main(void)
{
    SHOW(prctl(PR_SET_SYSCALL_USER_DISPATCH, 99, 0, 0, 0));
    SHOW(prctl(PR_SET_SYSCALL_USER_DISPATCH, OFF, 1, 0, 0));
    SHOW(prctl(PR_SET_SYSCALL_USER_DISPATCH, OFF, 0, 1, 0));
    SHOW(prctl(PR_SET_SYSCALL_USER_DISPATCH, OFF, 0, 0, &allow));
    SHOW(prctl(PR_SET_SYSCALL_USER_DISPATCH, OFF, 0, 0, 0));
    SHOW(prctl(PR_SET_SYSCALL_USER_DISPATCH, ON, 16, -1L, 0));
    CHECK(prctl(PR_SET_SYSCALL_USER_DISPATCH, ON, 0, 0, &allow) == 0 || errno == EINVAL);
    SHOW(syscall(1000));
    SHOW(getpid() == syscall(SYS_getpid));
    SHOW(prctl(PR_SET_SYSCALL_USER_DISPATCH, OFF, 0, 0, 0));
    return 0;
}
