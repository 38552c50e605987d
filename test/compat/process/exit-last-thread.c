/*
 * The exit call (not exit_group) in the only thread ends the program with its status.
 *
 * exit: 9
 */
#include "compat.h"

int main(void)
{
    SAY("leaving");
    syscall(SYS_exit, 9);
    return 0;
}
