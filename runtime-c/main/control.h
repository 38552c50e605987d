/*
 * The control socket: how `bypassgen` and the Node binding watch and steer a running binary. A
 * SOCK_STREAM unix socket in the run directory, for its owner (and root) alone. One request a line,
 * one JSON object a line in answer:
 *
 *     status                  all programs: {"format_version":1,"name":...,"pid":...,"apps":[...]}
 *     start NAME              {"ok":true} or {"ok":false,"error":"..."}
 *     stop NAME               SIGTERM, and no restart
 *     signal NAME NUMBER      any signal
 *     shutdown                SIGTERM to all; the binary ends when they have
 *     stats                   {"ok":true} with the descriptor of the statistics region attached
 * (SCM_RIGHTS, read-only)
 *     attach                  {"ok":true} with three descriptors: a region to talk to programs
 *                             through, the doorbell to wait at, the doorbell to ring
 *                             (socket/attachment.h). It lasts as long as this connection.
 */
#ifndef BP_MAIN_CONTROL_H
#define BP_MAIN_CONTROL_H

#include "base/base.h"

#include <poll.h>

enum {
    BP_CONTROL_CLIENTS = 16 /* eight of them may be attached */
};

/* Makes the socket. dir exists, is the owner's and has mode 0700. Returns 0 or negative errno. */
int bp_control_init(const char *dir, int stats_fd);

/* Fills fds (BP_CONTROL_CLIENTS + 1 of them) for poll; afterwards bp_control_take serves what
 * happened. */
void bp_control_poll(struct pollfd *fds);

/* Returns true when a client has just asked for the shutdown of all. */
bool bp_control_take(const struct pollfd *fds);

/* Removes the socket's file. */
void bp_control_close(void);

#endif
