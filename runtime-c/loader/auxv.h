/* What the launcher learned from the kernel about the machine and hands on to programs. */
#ifndef BP_LOADER_AUXV_H
#define BP_LOADER_AUXV_H

#include "base/base.h"

struct bp_host_auxv {
    u64 vdso; /* AT_SYSINFO_EHDR, 0 when there is none */
    u64 hwcap, hwcap2;
    u64 clktck;
    u64 minsigstksz; /* 0 when the host does not say */
};

/*
 * Reads /proc/self/auxv: getauxval(3) will not do, since glibc answers AT_HWCAP with a value of its
 * own. Returns 0 or negative errno.
 */
int bp_host_auxv_read(struct bp_host_auxv *auxv);

#endif
