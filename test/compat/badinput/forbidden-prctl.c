/* A program may not take away what owns its calls, whatever it asks for: the answer is an errno or
 * success of its own. */
#include "compat.h"
#include <sys/prctl.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif

int main(void)
{
    SHOW(prctl(PR_SET_SYSCALL_USER_DISPATCH, 99, 0, 0, 0));
    SHOW(prctl(PR_SET_SYSCALL_USER_DISPATCH, 0, 1, 0, 0));
    SHOW(prctl(PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0, 0));
    SHOW(syscall(1000));
    SHOW(getpid() == syscall(SYS_getpid));
    return 0;
}
