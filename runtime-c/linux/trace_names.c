#include "linux/trace_names.h"

#include <asm/ioctls.h>
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ALL 0xffffffff
#define N(constant)                \
    {                              \
#constant, (u32)(constant) \
    }
#define V(label, constant)      \
    {                           \
#label, (u32)(constant) \
    }

#define BP_NAMES(table, mask, unknown, ...) \
    static const struct bp_name table##_entries[] = {__VA_ARGS__};
#include "linux/trace_names.def"
#undef BP_NAMES

const struct bp_names bp_names[BP_NAMES_TABLES] = {
#define BP_NAMES(table, mask, unknown, ...) \
    [BP_NAMES_##table] = {(u32)(mask), ARRAY_SIZE(table##_entries), unknown, table##_entries},
#include "linux/trace_names.def"
#undef BP_NAMES
};

static const struct {
    const char *name, *text;
} errors[] = {
#define BP_ERRNO(name, text) [name] = {#name, text},
#include "linux/errno.def"
#undef BP_ERRNO
};

const char *bp_errno_name(int error)
{
    return error > 0 && error < (int)ARRAY_SIZE(errors) ? errors[error].name : NULL;
}

const char *bp_errno_text(int error)
{
    return error > 0 && error < (int)ARRAY_SIZE(errors) ? errors[error].text : NULL;
}
