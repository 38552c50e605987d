#include "socket/host_limits.h"
#include "base/host.h"

#include <fcntl.h>
#include <sys/syscall.h>

struct bp_host_limits bp_host_limits;

static const struct {
    const char *path;
    u32 index, initial;
} sources[] = {
#define BP_LIMIT(field, file, index, initial) {"/proc/sys/net/" file, index, initial},
#include "socket/limits.def"
#undef BP_LIMIT
};

BP_STATIC_ASSERT(sizeof(struct bp_host_limits) == sizeof(u32) * ARRAY_SIZE(sources),
                 "one field each");

/* Number index (0, 1, ...) of a text of numbers separated by blanks; 0 when there is none. */
static u32 number_at(const char *text, u32 index)
{
    u32 value = 0;

    for (; *text; text++) {
        if (*text >= '0' && *text <= '9')
            value = value * 10 + (u32)(*text - '0');
        else if (index-- == 0)
            return value;
        else
            value = 0;
    }
    return index ? 0 : value;
}

static u32 read_number(const char *path, u32 index)
{
    long fd = bp_host(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    char text[64] = "";

    if (bp_is_error(fd))
        return 0;
    bp_host(SYS_read, fd, text, sizeof(text) - 1);
    bp_host(SYS_close, fd);
    return number_at(text, index);
}

void bp_host_limits_init(void)
{
    u32 *fields = (u32 *)&bp_host_limits;

    for (u32 i = 0; i < ARRAY_SIZE(sources); i++) {
        u32 value = read_number(sources[i].path, sources[i].index);

        fields[i] = value ? value : sources[i].initial;
    }
}
