/* System calls about memory that need care: placement in the slot, and patching of what becomes
 * executable. */
#include "base/host.h"
#include "base/log.h"
#include "entry/patch.h"
#include "entry/text.h"
#include "linux/calls.h"
#include "linux/shared_maps.h"
#include "linux/shm.h"
#include "linux/task.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"
#include "socket/userfault.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    PKEY_ACCESS_MASK = PKEY_DISABLE_ACCESS | PKEY_DISABLE_WRITE
};

/* An image's text, or what may become text: its system calls are patched before anything can run
 * there. */
static void patch_if_text(u64 addr, u64 len, u64 prot, u64 flags, int host_fd, u64 offset)
{
    if (prot & PROT_EXEC && host_fd >= 0 && !(flags & MAP_SHARED))
        bp_text_patch(bp_current_proc()->slot, addr, len, (int)prot, host_fd, offset);
}

long bp_sys_mmap(u64 addr, u64 len, u64 prot, u64 flags, u64 fd, u64 offset)
{
    int host_fd = -1, err;
    long ret;

    if (!(flags & MAP_ANONYMOUS)) {
        host_fd = bp_host_fd((int)fd);
        if (host_fd < 0)
            return host_fd;
    }
    ret = bp_slot_mmap(bp_current_proc()->slot, addr, len, (int)prot, (int)flags, host_fd, offset);
    if (bp_is_error(ret))
        return ret;
    if (flags & MAP_FIXED) {
        bp_shm_overlaid(bp_current_proc()->slot, addr, len);
        bp_userfault_unmapped(addr, len);
    }
    err = bp_shared_mapped(bp_current_proc(), (u64)ret, len, flags, host_fd, offset);
    if (err) {
        bp_sys_munmap((u64)ret, len);
        return err;
    }
    patch_if_text((u64)ret, len, prot, flags, host_fd, offset);
    return ret;
}

long bp_sys_munmap(u64 addr, u64 len)
{
    struct bp_slot *slot = bp_current_proc()->slot;
    long ret = bp_slot_munmap(slot, addr, len);

    if (ret)
        return ret;
    bp_shm_overlaid(slot, addr, len);
    bp_userfault_unmapped(addr, len);
    bp_shared_remove(&bp_current_proc()->shared, addr, len);
    bp_patch_forget(slot, addr, len);
    return 0;
}

/* A program may change the protection of its own memory only: the launcher's text answers ENOMEM,
 * as if unmapped. */
long bp_sys_mprotect(u64 addr, u64 len, u64 prot)
{
    return bp_slot_mprotect(bp_current_proc()->slot, addr, len, (int)prot);
}

/* Protection keys are the runtime's: programs find none, as on a processor without them. */
long bp_sys_pkey_mprotect(u64 addr, u64 len, u64 prot, u64 pkey)
{
    return (int)pkey == -1 ? bp_sys_mprotect(addr, len, prot) : -EINVAL;
}

long bp_sys_pkey_alloc(u64 flags, u64 rights)
{
    return flags || rights & ~(u64)PKEY_ACCESS_MASK ? -EINVAL : -ENOSPC;
}

long bp_sys_mlockall(u64 flags)
{
    u32 known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;

    if (!flags || flags & ~(u64)known || flags == MCL_ONFAULT)
        return -EINVAL;
    return bp_slot_lock_all(bp_current_proc()->slot, (u32)flags);
}

long bp_sys_munlockall(void)
{
    return bp_slot_lock_all(bp_current_proc()->slot, 0);
}

long bp_sys_mremap(u64 addr, u64 old_len, u64 new_len, u64 flags, u64 new_addr)
{
    struct bp_proc *proc = bp_current_proc();
    long ret;
    int err;

    bp_shm_overlaid(proc->slot, addr, old_len);
    if (flags & MREMAP_FIXED)
        bp_shm_overlaid(proc->slot, new_addr, new_len);
    ret = bp_slot_mremap(proc->slot, addr, old_len, new_len, (int)flags, new_addr);
    if (bp_is_error(ret))
        return ret;
    bp_userfault_unmapped(addr, old_len);
    err = bp_shared_move(&proc->shared, addr, old_len, (u64)ret, new_len,
                         !old_len || flags & MREMAP_DONTUNMAP);
    if (err) {
        bp_sys_munmap((u64)ret, new_len);
        return err;
    }
    return ret;
}

long bp_sys_brk(u64 addr)
{
    return (long)bp_slot_brk(bp_current_proc()->slot, addr);
}
