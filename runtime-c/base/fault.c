#include "base/fault.h"

#ifdef BP_FAULTS
#include "base/host.h"

#include <signal.h>
#include <sys/syscall.h>

unsigned int bp_fault_in;

void bp_fault_die(void)
{
    bp_host(SYS_kill, bp_host(SYS_getpid), SIGKILL);
}
#endif
