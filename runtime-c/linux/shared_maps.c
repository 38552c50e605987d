#include "linux/shared_maps.h"
#include "base/host.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int bp_shared_mapped(struct bp_proc *proc, u64 addr, u64 len, u64 flags, int host_fd, u64 offset)
{
    struct bp_shared_object object;
    struct stat stat;
    long ret;

    if (!(flags & MAP_SHARED)) { /* a bit of MAP_SHARED_VALIDATE too */
        bp_shared_remove(&proc->shared, addr, len);
        return 0;
    }
    if (host_fd < 0) {
        object = bp_shared_anonymous();
    } else {
        ret = bp_host(SYS_fstat, host_fd, &stat);
        if (ret)
            return (int)ret;
        /* A mapping of /dev/zero is memory of its own. */
        object = S_ISCHR(stat.st_mode) ? bp_shared_anonymous()
                                       : (struct bp_shared_object){stat.st_dev, stat.st_ino};
    }
    return bp_shared_add(&proc->shared, addr, len, object, offset);
}
