/* Control messages of sendmsg and recvmsg (cmsg(3)): descriptors and credentials over AF_UNIX;
 * those of datagrams are in remote_udp_control.c. */
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

/* The message at *offset, which moves behind it. NULL at the end; *ret becomes -EINVAL when it is
 * not well formed. */
struct cmsghdr *bp_control_next(const struct bp_control *control, size_t *offset, long *ret);

/* Where recvmsg writes control messages. */
struct bp_control_sink {
    u64 user;
    size_t room, used;
    int flags; /* MSG_CTRUNC */
};

/* Appends a message; one that does not fit is cut. Returns 0 or -EFAULT. */
long bp_control_put(struct bp_control_sink *sink, int level, int type, const void *data,
                    size_t size);

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
