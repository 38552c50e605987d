#include "base/proc_dir.h"
#include "base/host.h"

#include <fcntl.h>
#include <sys/syscall.h>

enum {
    /* Above the descriptors that the host hands out first. */
    PROC_DIR_FROM = 512,
};

static int dir = -1;

int bp_proc_dir(void)
{
    long low;

    if (dir >= 0)
        return dir;
    low = bp_host(SYS_openat, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (bp_is_error(low))
        return (int)low;
    dir = (int)bp_host(SYS_fcntl, low, F_DUPFD_CLOEXEC, PROC_DIR_FROM);
    bp_host(SYS_close, low);
    return dir;
}
