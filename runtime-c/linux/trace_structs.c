/* Printers of structures and arrays. */
#include "base/uaccess.h"
#include "linux/trace_print.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

/* ---- shapes ---- */

/* rt_sigaction(2), sigaltstack(2) and ioctl(2) take the kernel's own forms. */
struct kernel_sigaction {
    u64 handler, flags, restorer, mask;
};

struct kernel_winsize {
    u16 ws_row, ws_col, ws_xpixel, ws_ypixel;
};

struct field {
    const char *name;
    u16 offset;
    u8 size; /* 0: a structure within; its printer gets the address */
    u8 type; /* enum bp_arg_type */
};

struct shape {
    u16 size;
    bool more;                  /* it has fields that are not shown */
    const struct field *fields; /* up to one without a name */
};

#define FIELD_AS(shown, kind, structure, member)                                            \
    {                                                                                       \
        shown, offsetof(structure, member), sizeof(((structure *)0)->member), BP_ARG_##kind \
    }
#define FIELD(kind, structure, member) FIELD_AS(#member, kind, structure, member)
#define INNER(kind, structure, member)                         \
    {                                                          \
#member, offsetof(structure, member), 0, BP_ARG_##kind \
    }
#define FIELDS(...)        \
    (const struct field[]) \
    {                      \
        __VA_ARGS__,       \
        {                  \
        }                  \
    }

static const struct shape shapes[BP_SHAPES] = {
    [BP_SHAPE_timespec] = {sizeof(struct timespec), false,
                           FIELDS(FIELD(LONG, struct timespec, tv_sec),
                                  FIELD(LONG, struct timespec, tv_nsec))},
    [BP_SHAPE_timeval] = {sizeof(struct timeval), false,
                          FIELDS(FIELD(LONG, struct timeval, tv_sec),
                                 FIELD(LONG, struct timeval, tv_usec))},
    [BP_SHAPE_itimerspec] = {sizeof(struct itimerspec), false,
                             FIELDS(INNER(TS, struct itimerspec, it_interval),
                                    INNER(TS, struct itimerspec, it_value))},
    [BP_SHAPE_itimerval] = {sizeof(struct itimerval), false,
                            FIELDS(INNER(TV, struct itimerval, it_interval),
                                   INNER(TV, struct itimerval, it_value))},
    [BP_SHAPE_rlimit] = {sizeof(struct rlimit), false,
                         FIELDS(FIELD(RLIMVAL, struct rlimit, rlim_cur),
                                FIELD(RLIMVAL, struct rlimit, rlim_max))},
    [BP_SHAPE_sigaction] = {sizeof(struct kernel_sigaction), false,
                            FIELDS(
                                FIELD_AS("sa_handler", HANDLER, struct kernel_sigaction, handler),
                                FIELD_AS("sa_mask", SIGBITS, struct kernel_sigaction, mask),
                                FIELD_AS("sa_flags", SAFLAGS, struct kernel_sigaction, flags),
                                FIELD_AS("sa_restorer", PTR, struct kernel_sigaction, restorer))},
    [BP_SHAPE_sigstack] = {sizeof(stack_t), false,
                           FIELDS(FIELD(PTR, stack_t, ss_sp), FIELD(SSFLAGS, stack_t, ss_flags),
                                  FIELD(SIZE, stack_t, ss_size))},
    [BP_SHAPE_linger] = {sizeof(struct linger), false,
                         FIELDS(FIELD(INT, struct linger, l_onoff),
                                FIELD(INT, struct linger, l_linger))},
    [BP_SHAPE_flock] = {sizeof(struct flock), false,
                        FIELDS(FIELD(LOCKTYPE, struct flock, l_type),
                               FIELD(WHENCE, struct flock, l_whence),
                               FIELD(LONG, struct flock, l_start),
                               FIELD(LONG, struct flock, l_len))},
    [BP_SHAPE_winsize] = {sizeof(struct kernel_winsize), false,
                          FIELDS(FIELD(UINT, struct kernel_winsize, ws_row),
                                 FIELD(UINT, struct kernel_winsize, ws_col),
                                 FIELD(UINT, struct kernel_winsize, ws_xpixel),
                                 FIELD(UINT, struct kernel_winsize, ws_ypixel))},
    [BP_SHAPE_open_how] = {sizeof(struct open_how), false,
                           FIELDS(FIELD(OFLAGS, struct open_how, flags),
                                  FIELD(MODE, struct open_how, mode),
                                  FIELD(RESOLVE, struct open_how, resolve))},
    /* The fields that every kernel with clone3 has: a program may give no more. */
    [BP_SHAPE_clone_args] =
        {CLONE_ARGS_SIZE_VER0, false,
         FIELDS(FIELD(CLONE, struct clone_args, flags), FIELD(PTR, struct clone_args, child_tid),
                FIELD(PTR, struct clone_args, parent_tid),
                FIELD(SIG, struct clone_args, exit_signal), FIELD(PTR, struct clone_args, stack),
                FIELD(HEX, struct clone_args, stack_size), FIELD(PTR, struct clone_args, tls))},
    [BP_SHAPE_statx] = {sizeof(struct statx), true,
                        FIELDS(FIELD(STATXMASK, struct statx, stx_mask),
                               FIELD(HEX, struct statx, stx_attributes),
                               FIELD(FILEMODE, struct statx, stx_mode),
                               FIELD(SIZE, struct statx, stx_size))},
};

static u64 field_value(const u8 *structure, const struct field *field)
{
    u64 value = 0;

    if (!field->size)
        return (u64)(structure + field->offset);
    memcpy(&value, structure + field->offset, field->size);
    return value;
}

static void put_fields(struct bp_trace_call *call, const struct shape *shape, const u8 *structure)
{
    const char *separator = "{";

    for (const struct field *field = shape->fields; field->name; field++) {
        bp_put(call, "%s%s=", separator, field->name);
        bp_put_as(call, field->type, 0, field_value(structure, field));
        separator = ", ";
    }
    bp_put(call, shape->more ? ", ...}" : "}");
}

void bp_put_struct(struct bp_trace_call *call, int i, u64 value, u64 shape)
{
    u8 structure[sizeof(struct statx)] BP_ALIGNED(8);

    if (!value || bp_copy(structure, (const void *)value, shapes[shape].size))
        bp_put_pointer(call, i, value, 0);
    else
        put_fields(call, &shapes[shape], structure);
}

void bp_put_two(struct bp_trace_call *call, int i, u64 value, u64 shape)
{
    if (!value) {
        bp_put(call, "NULL");
        return;
    }
    bp_put(call, "[");
    bp_put_struct(call, i, value, shape);
    bp_put(call, ", ");
    bp_put_struct(call, i, value + shapes[shape].size, shape);
    bp_put(call, "]");
}

/* What devices and other files have in common is little: devices have numbers, the rest a size. */
void bp_put_stat(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    struct stat st;

    if (!value || bp_copy(&st, (const void *)value, sizeof(st))) {
        bp_put_pointer(call, i, value, detail);
        return;
    }
    bp_put(call, "{st_mode=");
    bp_put_filemode(call, i, st.st_mode, 0);
    if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
        bp_put(call, ", st_rdev=makedev(0x%x, 0x%x), ...}", (u32)(st.st_rdev >> 8 & 0xfff),
               (u32)((st.st_rdev & 0xff) | (st.st_rdev >> 12 & 0xfff00)));
    else
        bp_put(call, ", st_size=%ld, ...}", st.st_size);
}

/* ---- arrays ---- */

void bp_put_array(struct bp_trace_call *call, u64 address, u64 count, size_t size,
                  bp_put_element *put)
{
    u8 probe;

    if (!address || (count && bp_copy(&probe, (const void *)address, 1))) {
        bp_put_pointer(call, 0, address, 0);
        return;
    }
    bp_put(call, "[");
    for (u64 n = 0; n < count; n++) {
        bp_put(call, n ? ", " : "");
        if (n == BP_TRACE_ELEMENTS) {
            bp_put(call, "...");
            break;
        }
        put(call, address + n * size);
    }
    bp_put(call, "]");
}

static void put_int_at(struct bp_trace_call *call, u64 address)
{
    u32 value;

    if (bp_get_user32(&value, (const u32 *)address))
        bp_put_pointer(call, 0, address, 0);
    else
        bp_put(call, "%d", (int)value);
}

static void put_long_at(struct bp_trace_call *call, u64 address)
{
    u64 value;

    if (bp_get_user64(&value, (const u64 *)address))
        bp_put_pointer(call, 0, address, 0);
    else
        bp_put(call, "%ld", (long)value);
}

void bp_put_ints(struct bp_trace_call *call, int i, u64 value, u64 count)
{
    (void)i;
    bp_put_array(call, value, count, sizeof(u32), put_int_at);
}

void bp_put_longs(struct bp_trace_call *call, int i, u64 value, u64 count)
{
    (void)i;
    bp_put_array(call, value, count, sizeof(u64), put_long_at);
}

/* ---- poll and epoll ---- */

static void put_pollfd(struct bp_trace_call *call, u64 address)
{
    struct pollfd entry;

    if (bp_copy(&entry, (const void *)address, sizeof(entry))) {
        bp_put_pointer(call, 0, address, 0);
        return;
    }
    bp_put(call, "{fd=%d, events=", entry.fd);
    bp_put_as(call, BP_ARG_POLLEVENTS, 0, (u16)entry.events);
    bp_put(call, "}");
}

void bp_put_pollfds(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)detail;
    bp_put_array(call, value, (u32)call->args[i + 1], sizeof(struct pollfd), put_pollfd);
}

void bp_put_polled(struct bp_trace_call *call)
{
    const char *separator = " ([";
    struct pollfd entry;

    bp_put(call, "%ld", call->ret);
    if (!call->ret)
        bp_put(call, " (Timeout)");
    for (u64 n = 0, found = 0; n < (u32)call->args[1] && found < (u64)call->ret && !call->full;
         n++) {
        if (bp_copy(&entry, (const void *)(call->args[0] + n * sizeof(entry)), sizeof(entry)))
            return;
        if (!entry.revents)
            continue;
        bp_put(call, "%s{fd=%d, revents=", separator, entry.fd);
        bp_put_as(call, BP_ARG_POLLEVENTS, 0, (u16)entry.revents);
        bp_put(call, ++found == (u64)call->ret ? "}])" : "}");
        separator = ", ";
    }
}

static void put_event_at(struct bp_trace_call *call, u64 address)
{
    struct epoll_event event;

    if (bp_copy(&event, (const void *)address, sizeof(event))) {
        bp_put_pointer(call, 0, address, 0);
        return;
    }
    bp_put(call, "{events=");
    bp_put_as(call, BP_ARG_EPEVENTS, 0, event.events);
    bp_put(call, ", data={u32=%u, u64=%lu}}", event.data.u32, event.data.u64);
}

void bp_put_epevent(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    if (value)
        put_event_at(call, value);
    else
        bp_put(call, "NULL");
}

void bp_put_epevents(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    bp_put_array(call, value, (u64)call->ret, sizeof(struct epoll_event), put_event_at);
}
