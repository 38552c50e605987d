/*
 * ioctl(2) on descriptors of the host. A few requests name a descriptor or make one: those are the
 * program's in its arguments, and the host's in the kernel's.
 */
#ifndef BP_SOCKET_HOSTIOCTL_H
#define BP_SOCKET_HOSTIOCTL_H

#include "socket/file.h"

/* As ioctl(2); negative errno. A descriptor that the request makes is installed for the program. */
long bp_hostioctl(struct bp_file *file, u64 cmd, u64 arg);

#endif
