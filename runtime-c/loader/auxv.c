#include "loader/auxv.h"
#include "base/host.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

static const struct {
    u64 type;
    size_t offset;
} wanted[] = {
    {AT_SYSINFO_EHDR, offsetof(struct bp_host_auxv, vdso)},
    {AT_HWCAP, offsetof(struct bp_host_auxv, hwcap)},
    {AT_HWCAP2, offsetof(struct bp_host_auxv, hwcap2)},
    {AT_CLKTCK, offsetof(struct bp_host_auxv, clktck)},
    {AT_MINSIGSTKSZ, offsetof(struct bp_host_auxv, minsigstksz)},
};

static void keep(struct bp_host_auxv *auxv, const u64 entry[2])
{
    for (u32 i = 0; i < ARRAY_SIZE(wanted); i++) {
        if (wanted[i].type == entry[0])
            *(u64 *)((char *)auxv + wanted[i].offset) = entry[1];
    }
}

int bp_host_auxv_read(struct bp_host_auxv *auxv)
{
    long fd = bp_host(SYS_openat, AT_FDCWD, "/proc/self/auxv", O_RDONLY | O_CLOEXEC), len;
    u64 entry[2];

    if (fd < 0)
        return (int)fd;
    *auxv = (struct bp_host_auxv){0};
    do {
        len = bp_host(SYS_read, fd, entry, sizeof(entry));
        if (len == sizeof(entry))
            keep(auxv, entry);
    } while (len == sizeof(entry) && entry[0] != AT_NULL);
    bp_host(SYS_close, fd);
    return len < 0 ? (int)len : 0;
}
