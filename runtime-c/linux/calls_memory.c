/* System calls about memory that need care: placement in the slot, and patching of what becomes
 * executable. */
#include "base/host.h"
#include "base/log.h"
#include "entry/patch.h"
#include "entry/text.h"
#include "linux/calls.h"
#include "linux/shared_maps.h"
#include "linux/task.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

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

    if (!ret) {
        bp_shared_remove(&bp_current_proc()->shared, addr, len);
        bp_patch_forget(slot, addr, len);
    }
    return ret;
}

/* A program may change the protection of its own memory only: the launcher's text answers ENOMEM,
 * as if unmapped. */
long bp_sys_mprotect(u64 addr, u64 len, u64 prot)
{
    if (len && !bp_slot_owns(bp_current_proc()->slot, addr, BP_ALIGN_UP(len, (u64)BP_PAGE_SIZE)))
        return addr & (BP_PAGE_SIZE - 1) ? -EINVAL : -ENOMEM;
    return bp_host(SYS_mprotect, addr, len, prot);
}

long bp_sys_mremap(u64 addr, u64 old_len, u64 new_len, u64 flags, u64 new_addr)
{
    struct bp_proc *proc = bp_current_proc();
    long ret = bp_slot_mremap(proc->slot, addr, old_len, new_len, (int)flags, new_addr);
    int err;

    if (bp_is_error(ret))
        return ret;
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
