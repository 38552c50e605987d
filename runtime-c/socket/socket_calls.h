/*
 * The system calls of this floor, as the dispatch table names them (linux/syscalls.def): arguments
 * as the program passed them, result or negative errno as the kernel would return it.
 */
#ifndef BP_SOCKET_SOCKET_CALLS_H
#define BP_SOCKET_SOCKET_CALLS_H

#include "base/base.h"

/* Sockets: socket_calls.c, msg.c, sockopt.c. */
long bp_sys_socket(u64 family, u64 type, u64 protocol);
long bp_sys_socketpair(u64 family, u64 type, u64 protocol, u64 fds);
long bp_sys_bind(u64 fd, u64 addr, u64 length);
long bp_sys_listen(u64 fd, u64 backlog);
long bp_sys_accept(u64 fd, u64 addr, u64 length);
long bp_sys_accept4(u64 fd, u64 addr, u64 length, u64 flags);
long bp_sys_connect(u64 fd, u64 addr, u64 length);
long bp_sys_getsockname(u64 fd, u64 addr, u64 length);
long bp_sys_getpeername(u64 fd, u64 addr, u64 length);
long bp_sys_shutdown(u64 fd, u64 how);
long bp_sys_sendto(u64 fd, u64 buf, u64 len, u64 flags, u64 addr, u64 addr_length);
long bp_sys_recvfrom(u64 fd, u64 buf, u64 len, u64 flags, u64 addr, u64 addr_length);
long bp_sys_sendmsg(u64 fd, u64 msg, u64 flags);
long bp_sys_recvmsg(u64 fd, u64 msg, u64 flags);
long bp_sys_sendmmsg(u64 fd, u64 msgs, u64 count, u64 flags);
long bp_sys_recvmmsg(u64 fd, u64 msgs, u64 count, u64 flags, u64 timeout);
long bp_sys_setsockopt(u64 fd, u64 level, u64 name, u64 value, u64 length);
long bp_sys_getsockopt(u64 fd, u64 level, u64 name, u64 value, u64 length);

/* Reading and writing: rw_calls.c, sendfile.c, splice.c. */
long bp_sys_read(u64 fd, u64 buf, u64 count);
long bp_sys_write(u64 fd, u64 buf, u64 count);
long bp_sys_readv(u64 fd, u64 iov, u64 count);
long bp_sys_writev(u64 fd, u64 iov, u64 count);
long bp_sys_pread64(u64 fd, u64 buf, u64 count, u64 offset);
long bp_sys_pwrite64(u64 fd, u64 buf, u64 count, u64 offset);
long bp_sys_preadv(u64 fd, u64 iov, u64 count, u64 offset_low, u64 offset_high);
long bp_sys_pwritev(u64 fd, u64 iov, u64 count, u64 offset_low, u64 offset_high);
long bp_sys_preadv2(u64 fd, u64 iov, u64 count, u64 offset_low, u64 offset_high, u64 flags);
long bp_sys_pwritev2(u64 fd, u64 iov, u64 count, u64 offset_low, u64 offset_high, u64 flags);
long bp_sys_sendfile(u64 out, u64 in, u64 offset, u64 count);
long bp_sys_splice(u64 in, u64 in_offset, u64 out, u64 out_offset, u64 len, u64 flags);
long bp_sys_tee(u64 in, u64 out, u64 len, u64 flags);
long bp_sys_vmsplice(u64 fd, u64 iov, u64 count, u64 flags);

/* Descriptors: fd_calls.c, pipe.c. */
long bp_sys_close(u64 fd);
long bp_sys_close_range(u64 first, u64 last, u64 flags);
long bp_sys_dup(u64 fd);
long bp_sys_dup2(u64 fd, u64 to);
long bp_sys_dup3(u64 fd, u64 to, u64 flags);
long bp_sys_fcntl(u64 fd, u64 cmd, u64 arg);
long bp_sys_ioctl(u64 fd, u64 cmd, u64 arg);
long bp_sys_pipe(u64 fds);
long bp_sys_pipe2(u64 fds, u64 flags);
long bp_sys_eventfd(u64 initial);
long bp_sys_eventfd2(u64 initial, u64 flags);
long bp_sys_signalfd(u64 fd, u64 set, u64 size);
long bp_sys_userfaultfd(u64 flags);
long bp_sys_signalfd4(u64 fd, u64 set, u64 size, u64 flags);
long bp_sys_timerfd_create(u64 clock, u64 flags);
long bp_sys_timerfd_settime(u64 fd, u64 flags, u64 new_setting, u64 old_setting);
long bp_sys_timerfd_gettime(u64 fd, u64 setting);

/* Readiness: epoll.c, poll.c. */
long bp_sys_epoll_create(u64 size);
long bp_sys_epoll_create1(u64 flags);
long bp_sys_epoll_ctl(u64 epfd, u64 op, u64 fd, u64 event);
long bp_sys_epoll_wait(u64 epfd, u64 events, u64 max, u64 timeout);
long bp_sys_epoll_pwait(u64 epfd, u64 events, u64 max, u64 timeout, u64 mask, u64 mask_size);
long bp_sys_epoll_pwait2(u64 epfd, u64 events, u64 max, u64 timeout, u64 mask, u64 mask_size);
long bp_sys_poll(u64 fds, u64 count, u64 timeout);
long bp_sys_ppoll(u64 fds, u64 count, u64 timeout, u64 mask, u64 mask_size);
long bp_sys_select(u64 n, u64 in, u64 out, u64 ex, u64 timeout);
long bp_sys_pselect6(u64 n, u64 in, u64 out, u64 ex, u64 timeout, u64 mask);

#endif
