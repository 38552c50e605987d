#include "socket/socket.h"
#include "base/host_catch.h"
#include "base/log.h"
#include "socket/host_limits.h"
#include "socket/hostfile.h"
#include "socket/inet.h"
#include "socket/remote.h"
#include "socket/signalfd.h"
#include "socket/unix.h"

#include <signal.h>
#include <sys/syscall.h>

struct bp_socket_upcalls bp_upcalls;

/*
 * EPIPE of the host is ours to turn into a program's SIGPIPE. The host's signal is caught and not
 * ignored: whether it was ignored when the runtime started is what programs inherit.
 */
static void catch_host_sigpipe(void)
{
    if (bp_host_is_default(SIGPIPE))
        bp_host_catch(SIGPIPE, SA_RESTART);
}

void bp_socket_init(const struct bp_socket_upcalls *upcalls)
{
    bp_upcalls = *upcalls;
    bp_host_limits_init();
    bp_sockaddr_init();
    catch_host_sigpipe();
    if (bp_hostfile_init() || bp_inet_init() || bp_remote_init() || bp_unix_init() ||
        bp_signalfd_init())
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "no memory for the tables of sockets; raise the limit on address space");
}
