#include "base/host_catch.h"
#include "base/host.h"

#include <sys/syscall.h>

#define SA_RESTORER 0x04000000ULL /* x86-64 has no other way back; libcs hide it */

/* The kernel's struct sigaction. */
struct host_sigaction {
    void *handler;
    u64 flags;
    void *restorer;
    u64 mask;
};

/* A handler that does nothing, and how it is left. */
void bp_host_caught(int signal);
void bp_host_caught_restorer(void);
__asm__(".pushsection .text\n"
        "bp_host_caught:\n"
        "    ret\n"
        "bp_host_caught_restorer:\n"
        "    movl $15, %eax\n" /* rt_sigreturn */
        "    syscall\n"
        ".popsection\n");

long bp_host_catch(int signal, u64 flags)
{
    struct host_sigaction action = {
        .handler = (void *)bp_host_caught,
        .flags = flags | SA_RESTORER,
        .restorer = (void *)bp_host_caught_restorer,
    };

    return bp_host(SYS_rt_sigaction, signal, &action, NULL, sizeof(action.mask));
}

bool bp_host_is_default(int signal)
{
    struct host_sigaction action = {0};

    bp_host(SYS_rt_sigaction, signal, NULL, &action, sizeof(action.mask));
    return !action.handler;
}
