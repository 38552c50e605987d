#include "base/region.h"
#include "base/host.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

int bp_region_create(struct bp_region *region, const char *name, size_t bytes)
{
    long fd = bp_host(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    long ret;

    if (bp_is_error(fd))
        return (int)fd;
    ret = bp_host(SYS_ftruncate, fd, bytes);
    if (!bp_is_error(ret))
        ret = bp_host(SYS_mmap, NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
                      0);
    if (bp_is_error(ret)) {
        bp_host(SYS_close, fd);
        return (int)ret;
    }
    /* Our mapping stays writable; nobody who gets the descriptor can make another one. */
    bp_host(SYS_fcntl, fd, F_ADD_SEALS,
            F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL);
    *region = (struct bp_region){.memory = (void *)ret, .bytes = bytes, .fd = (int)fd};
    return 0;
}

void bp_region_destroy(struct bp_region *region)
{
    bp_host(SYS_munmap, region->memory, region->bytes);
    bp_host(SYS_close, region->fd);
    *region = (struct bp_region){.fd = -1};
}
