#include "linux/trace.h"
#include "base/host.h"
#include "base/log.h"
#include "base/uaccess.h"
#include "linux/systable.h"
#include "linux/task.h"

#include <sys/syscall.h>

enum {
    LINE_BYTES = 1024,
    TEXT_SHOWN = 32, /* bytes of strings and buffers, as strace */
};

struct line {
    char text[LINE_BYTES];
    int len;
};

#define PUT(line, ...)                                                                         \
    ((line)->len +=                                                                            \
     bp_snprintf((line)->text + (line)->len, (size_t)(LINE_BYTES - (line)->len), __VA_ARGS__), \
     (line)->len = BP_MIN((line)->len, LINE_BYTES - 1))

static void put_bytes(struct line *line, u64 address, u64 count, bool until_nul)
{
    u8 bytes[TEXT_SHOWN];
    u64 shown = BP_MIN(count, (u64)TEXT_SHOWN), i;

    for (i = 0; i < shown; i++) {
        if (bp_copy(&bytes[i], (void *)(address + i), 1) || (until_nul && !bytes[i]))
            break;
    }
    if (!address || (!i && shown && !until_nul)) {
        PUT(line, address ? "0x%lx" : "NULL", address);
        return;
    }
    PUT(line, "\"");
    for (u64 n = 0; n < i; n++) {
        u8 c = bytes[n];

        if (c == '\n')
            PUT(line, "\\n");
        else if (c == '\r')
            PUT(line, "\\r");
        else if (c == '\t')
            PUT(line, "\\t");
        else if (c == '"' || c == '\\')
            PUT(line, "\\%c", c);
        else if (c >= ' ' && c < 127)
            PUT(line, "%c", c);
        else
            PUT(line, "\\x%02x", c);
    }
    PUT(line, i == TEXT_SHOWN && count > TEXT_SHOWN ? "\"..." : "\"");
}

static void put_arg(struct line *line, const struct bp_syscall_info *info, int i, const u64 *args,
                    long ret)
{
    switch (info->args[i].type) {
    case BP_ARG_DIRFD:
        if ((int)args[i] == -100) {
            PUT(line, "AT_FDCWD");
            break;
        }
        /* fall through */
    case BP_ARG_FD:
    case BP_ARG_INT:
    case BP_ARG_SIG:
        PUT(line, "%d", (int)args[i]);
        break;
    case BP_ARG_UINT:
    case BP_ARG_SIZE:
    case BP_ARG_LONG:
        PUT(line, "%ld", args[i]);
        break;
    case BP_ARG_PATH:
    case BP_ARG_STR:
        put_bytes(line, args[i], BP_PATH_MAX, true);
        break;
    case BP_ARG_IN:
        put_bytes(line, args[i], args[i + 1], false);
        break;
    case BP_ARG_OUT:
        put_bytes(line, args[i], ret > 0 ? (u64)ret : 0, false);
        break;
    default:
        PUT(line, args[i] ? "0x%lx" : "0", args[i]);
    }
}

static void put_line(u64 nr, const u64 *args, long ret, bool returns)
{
    const struct bp_syscall_info *info = &bp_syscalls[nr];
    const struct bp_task *task = bp_current_task();
    struct line line = {.len = 0};

    PUT(&line, "%s[%u] ", task->proc->name, task->tid);
    if (info->name)
        PUT(&line, "%s(", info->name);
    else
        PUT(&line, "syscall_%lu(", bp_frame_of(bp_current())->rax);
    for (int i = 0; i < BP_ARGS_MAX && info->args[i].name; i++) {
        if (i)
            PUT(&line, ", ");
        put_arg(&line, info, i, args, ret);
    }
    if (returns && ret < 0 && ret > -4096)
        PUT(&line, ") = -1 (error %ld)\n", -ret);
    else if (returns)
        PUT(&line, ret > 0xfffff ? ") = 0x%lx\n" : ") = %ld\n", ret);
    else
        PUT(&line, ") ...\n");
    bp_host(SYS_write, 2, line.text, line.len);
}

/* Calls that do not return here are shown before they are made. */
void bp_trace_enter(u64 nr, const u64 *args)
{
    if (nr == SYS_exit || nr == SYS_exit_group || nr == SYS_rt_sigreturn)
        put_line(nr, args, 0, false);
}

void bp_trace_exit(u64 nr, const u64 *args, long ret)
{
    put_line(nr, args, ret, true);
}
