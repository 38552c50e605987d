/* Control messages of sendmsg and recvmsg (cmsg(3)): descriptors and credentials over AF_UNIX. */
#ifndef BP_SOCKET_CONTROL_H
#define BP_SOCKET_CONTROL_H

#include "socket/rights.h"

#include <sys/socket.h>

/* A program's control buffer in runtime memory. */
struct bp_control {
    u8 *bytes; /* an arena object, or NULL when there is none */
    size_t length;
};

/* Copies it. Returns 0, -EFAULT, -ENOBUFS (too long). */
long bp_control_get(struct bp_control *control, const struct msghdr *msg);
void bp_control_release(struct bp_control *control);

/*
 * What a stream sends along: *rights is NULL when nothing. Returns 0, -EBADF (a descriptor that is
 * not open), -EINVAL (not well formed, or unknown), -EPERM (foreign credentials), -ETOOMANYREFS,
 * -ENOBUFS.
 */
long bp_control_to_rights(const struct bp_control *control, u16 family, struct bp_rights **rights);

/* Gives the program descriptors and credentials; sets msg_control*, msg_flags. Drops the rights. */
long bp_control_from_rights(struct msghdr *msg, struct bp_rights *rights, bool with_cred,
                            bool cloexec);

/* Descriptors in a message for a host socket become the host's. Returns 0, -EBADF, -EOPNOTSUPP (a
 * local channel). */
long bp_control_to_host(struct bp_control *control);

/* Descriptors that the host put into the program's buffer become the program's. */
long bp_control_from_host(const struct msghdr *msg, bool cloexec);

#endif
