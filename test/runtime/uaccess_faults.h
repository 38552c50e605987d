/* Stands in for the fault handler in tests of code that uses base/uaccess.h: faults in there become
 * -EFAULT. */
#ifndef TEST_RUNTIME_UACCESS_FAULTS_H
#define TEST_RUNTIME_UACCESS_FAULTS_H

#include "base/uaccess.h"

#include <signal.h>
#include <stdio.h>
#include <ucontext.h>
#include <unistd.h>

static void on_uaccess_fault(int signal, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    u64 rip = (u64)regs[REG_RIP];

    (void)info;
    if (rip - (u64)bp_uaccess_start >= (u64)(bp_uaccess_end - bp_uaccess_start)) {
        fprintf(stderr, "signal %d at %#llx, outside the accessors\n", signal,
                (unsigned long long)rip);
        _exit(1);
    }
    regs[REG_RIP] = (greg_t)bp_uaccess_fixup;
}

static inline void catch_uaccess_faults(void)
{
    struct sigaction action = {.sa_sigaction = on_uaccess_fault, .sa_flags = SA_SIGINFO};

    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

#endif
