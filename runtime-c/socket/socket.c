#include "socket/socket.h"
#include "base/host.h"
#include "base/log.h"
#include "socket/host_limits.h"
#include "socket/hostfile.h"
#include "socket/inet.h"
#include "socket/unix.h"

#include <signal.h>
#include <sys/syscall.h>

struct bp_socket_upcalls bp_upcalls;

/* The kernel's struct sigaction. */
struct host_sigaction {
    void *handler;
    u64 flags;
    void *restorer;
    u64 mask;
};

/* EPIPE is ours to turn into a program's SIGPIPE. */
static void ignore_host_sigpipe(void)
{
    struct host_sigaction action = {.handler = (void *)SIG_IGN};

    bp_host(SYS_rt_sigaction, SIGPIPE, &action, NULL, sizeof(action.mask));
}

void bp_socket_init(const struct bp_socket_upcalls *upcalls)
{
    bp_upcalls = *upcalls;
    bp_host_limits_init();
    bp_sockaddr_init();
    ignore_host_sigpipe();
    if (bp_hostfile_init() || bp_inet_init() || bp_unix_init())
        bp_fatal(BP_EXIT_ENVIRONMENT, "no memory for the tables of sockets; raise the limit on address space");
}
