/* The texts of /proc/self, made into a file of memory when they are opened. */
#ifndef BP_LINUX_PROCFS_TEXT_H
#define BP_LINUX_PROCFS_TEXT_H

#include "linux/procfs.h"

/* A file in the making. */
struct bp_text {
    long fd;    /* of the host's memfd */
    long error; /* the first one that a write met, or 0 */
    u32 used;   /* bytes of pending that are not written yet */
    u8 pending[1024];
};

void bp_text_put(struct bp_text *text, const void *bytes, size_t len);
void bp_text_printf(struct bp_text *text, const char *fmt, ...) BP_PRINTF(2, 3);

/* The makers, each for the thread (and descriptor) in own. */
void bp_procfs_maps(struct bp_text *text, const struct bp_procfs *own);
void bp_procfs_smaps(struct bp_text *text, const struct bp_procfs *own);
void bp_procfs_cmdline(struct bp_text *text, const struct bp_procfs *own);
void bp_procfs_environ(struct bp_text *text, const struct bp_procfs *own);
void bp_procfs_auxv(struct bp_text *text, const struct bp_procfs *own);
void bp_procfs_comm(struct bp_text *text, const struct bp_procfs *own);
void bp_procfs_status(struct bp_text *text, const struct bp_procfs *own);
void bp_procfs_stat(struct bp_text *text, const struct bp_procfs *own);
void bp_procfs_statm(struct bp_text *text, const struct bp_procfs *own);
void bp_procfs_fdinfo(struct bp_text *text, const struct bp_procfs *own);

/*
 * Makes a text. Returns a read-only host descriptor (O_CLOEXEC) at position 0, or negative errno.
 */
long bp_procfs_text_open(void (*make)(struct bp_text *, const struct bp_procfs *),
                         const struct bp_procfs *own);

#endif
