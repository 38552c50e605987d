#include "socket/socket.h"
#include "base/host.h"
#include "base/log.h"
#include "socket/host_limits.h"
#include "socket/hostfile.h"
#include "socket/inet.h"
#include "socket/signalfd.h"
#include "socket/unix.h"

#include <signal.h>
#include <sys/syscall.h>

enum {
    SA_RESTORER = 0x04000000
};

struct bp_socket_upcalls bp_upcalls;

/* The kernel's struct sigaction. */
struct host_sigaction {
    void *handler;
    u64 flags;
    void *restorer;
    u64 mask;
};

/* A handler that does nothing, and how it is left. */
void bp_sigpipe_handler(int signal);
void bp_sigpipe_restorer(void);
__asm__(".pushsection .text\n"
        "bp_sigpipe_handler:\n"
        "    ret\n"
        "bp_sigpipe_restorer:\n"
        "    movl $15, %eax\n" /* rt_sigreturn */
        "    syscall\n"
        ".popsection\n");

/*
 * EPIPE of the host is ours to turn into a program's SIGPIPE. The host's signal is caught and not
 * ignored: whether it was ignored when the runtime started is what programs inherit.
 */
static void catch_host_sigpipe(void)
{
    struct host_sigaction before = {0}, action = {.handler = (void *)bp_sigpipe_handler,
                                                  .flags = SA_RESTART | SA_RESTORER,
                                                  .restorer = (void *)bp_sigpipe_restorer};

    bp_host(SYS_rt_sigaction, SIGPIPE, NULL, &before, sizeof(before.mask));
    if (before.handler == (void *)SIG_DFL)
        bp_host(SYS_rt_sigaction, SIGPIPE, &action, NULL, sizeof(action.mask));
}

void bp_socket_init(const struct bp_socket_upcalls *upcalls)
{
    bp_upcalls = *upcalls;
    bp_host_limits_init();
    bp_sockaddr_init();
    catch_host_sigpipe();
    if (bp_hostfile_init() || bp_inet_init() || bp_unix_init() || bp_signalfd_init())
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "no memory for the tables of sockets; raise the limit on address space");
}
