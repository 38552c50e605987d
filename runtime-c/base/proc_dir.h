/*
 * The host's /proc, wherever the root is: what the runtime itself reads there it opens relative to
 * this descriptor ("self/fd/3"), so that it is found after a chroot(2) too.
 */
#ifndef BP_BASE_PROC_DIR_H
#define BP_BASE_PROC_DIR_H

/* Opened by the first call, and kept: one that comes before any chroot. A negative errno of open(2)
 * when there is none. */
int bp_proc_dir(void);

#endif
