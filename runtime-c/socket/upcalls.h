/* What the socket floor needs of the personality above it: a table given at start (bp_socket_init).
 */
#ifndef BP_SOCKET_UPCALLS_H
#define BP_SOCKET_UPCALLS_H

#include "base/base.h"
#include "socket/file.h"

#include <signal.h>

struct bp_socket_upcalls {
    /* Sends a signal to the current thread (SIGPIPE). */
    void (*signal_self)(int signal);
    /* A write failed with EFBIG: SIGXFSZ if that is the program's own limit (setrlimit(2)). */
    void (*file_too_large)(void);
    /* Who the current program is. */
    void (*credentials)(struct bp_cred *cred);
    /* Host descriptor of its working directory (or AT_FDCWD), and its umask. */
    int (*cwd_fd)(void);
    u32 (*umask)(void);
    /*
     * Replaces the current thread's signal mask until the call that is being handled is done
     * (ppoll, pselect, epoll_pwait). set is a pointer of the program. Returns 0, -EINVAL (size),
     * -EFAULT.
     */
    long (*set_signal_mask)(u64 set, u64 size);
    /*
     * After bp_park returned -EINTR: sees to what needs no handler. Returns true when that was all
     * and the call may go on waiting; false when it must end with -EINTR.
     */
    bool (*signal_goes_on)(void);
    /*
     * The signals that wait for the current thread, its own and its process's: bit n - 1 for signal
     * n. Takes no lock.
     */
    u64 (*pending_signals)(void);
    /* Takes the next pending signal of a set. Returns false when there is none. */
    bool (*take_signal)(u64 set, siginfo_t *info);
    /* Whether the current program has mapped [addr, addr + len), or may have. */
    bool (*owns_memory)(u64 addr, u64 len);
    /* Whether a program of this process has a descriptor of it. */
    bool (*process_has)(const struct bp_file *file);
};

extern struct bp_socket_upcalls bp_upcalls;

#endif
