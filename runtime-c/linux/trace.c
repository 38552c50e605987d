#include "linux/trace.h"
#include "base/host.h"
#include "base/lock.h"
#include "base/log.h"
#include "linux/trace_print.h"

#include <asm/ioctls.h>
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum {
    RESULT_BYTES = 256, /* of the line, kept for the result */
    RESUMED_BYTES = 96,
};

int bp_trace_fd = 2;

/* ---- types of arguments ---- */

enum when {
    IN,
    OUT,
    LEFT,
    DONE,
};

static const struct {
    u8 when;
    bp_put_fn *put;
    u64 detail;
} arg_types[BP_ARG_TYPES] = {
#define N(table) BP_NAMES_##table
#define S(shape) BP_SHAPE_##shape
#define BP_ARG(type, when, printer, detail) [BP_ARG_##type] = {when, bp_put_##printer, detail},
#include "linux/args.def"
#undef BP_ARG
#undef N
#undef S
};

enum {
    BP_ARG_KEEP = BP_ARG_TYPES /* in a variant: as the table of system calls says */
};

static const struct variant {
    u16 nr;
    u8 selector, first, returns;
    u32 mask, value;
    u8 types[4];
} variants[] = {
#define ALL 0xffffffff
#define BP_VARIANT(call, selector, mask, value, gives, first, ...) \
    BP_VARIANT_4(call, selector, mask, value, gives, first, __VA_ARGS__, KEEP, KEEP, KEEP)
#define BP_VARIANT_4(call, selector, mask, value, gives, first, a, b, c, d, ...) \
    {BP_NR_##call,                                                               \
     selector,                                                                   \
     first,                                                                      \
     BP_RETURNS_##gives,                                                         \
     (u32)(mask),                                                                \
     (u32)(value),                                                               \
     {BP_ARG_##a, BP_ARG_##b, BP_ARG_##c, BP_ARG_##d}},
#include "linux/trace_variants.def"
#undef BP_VARIANT
#undef BP_VARIANT_4
#undef ALL
};

static void apply_variant(struct bp_trace_call *call, const struct variant *variant)
{
    call->returns = variant->returns;
    for (u32 i = 0; i < ARRAY_SIZE(variant->types) && variant->first + i < BP_ARGS_MAX; i++) {
        if (variant->types[i] != BP_ARG_KEEP)
            call->types[variant->first + i] = variant->types[i];
    }
}

static void find_types(struct bp_trace_call *call)
{
    const struct bp_syscall_info *info = &bp_syscalls[BP_MIN(call->nr, (u64)BP_CALLS)];

    call->returns = info->returns;
    for (int i = 0; i < BP_ARGS_MAX; i++)
        call->types[i] = info->name ? info->args[i].type : BP_ARG_HEX;
    for (u32 i = 0; i < ARRAY_SIZE(variants); i++) {
        const struct variant *variant = &variants[i];

        if (variant->nr == call->nr &&
            ((u32)call->args[variant->selector] & variant->mask) == variant->value)
            apply_variant(call, variant);
    }
}

/* ---- parts of a line ---- */

void bp_put(struct bp_trace_call *call, const char *fmt, ...)
{
    u32 room = call->limit - call->len, len;
    va_list args;

    if (call->full)
        return;
    va_start(args, fmt);
    len = (u32)bp_vsnprintf(call->text + call->len, room, fmt, args);
    va_end(args);
    call->full = len >= room;
    call->len += BP_MIN(len, room - 1);
}

/* The line may grow to limit bytes (and a NUL) from here on; what was left out is marked. */
static void set_limit(struct bp_trace_call *call, u32 limit)
{
    static const char mark[] = "...";

    call->limit = limit;
    if (!call->full)
        return;
    call->full = false;
    bp_put(call, mark);
}

/* The call's name; one without is named in buf. */
static const char *name_of(const struct bp_trace_call *call, char *buf, size_t size)
{
    const char *name = bp_syscalls[BP_MIN(call->nr, (u64)BP_CALLS)].name;

    if (name)
        return name;
    bp_snprintf(buf, size, "syscall_0x%lx", call->nr);
    return buf;
}

void bp_put_as(struct bp_trace_call *call, enum bp_arg_type type, int i, u64 value)
{
    arg_types[type].put(call, i, value, arg_types[type].detail);
}

/* Whether the call has filled what an argument points to. */
static bool is_filled(const struct bp_trace_call *call, u8 when)
{
    return when == DONE || (when == LEFT ? call->ret == -EINTR : !bp_is_error(call->ret));
}

/* The first argument from number i on that is shown; BP_ARGS_MAX when there is none. */
static u32 next_shown(const struct bp_trace_call *call, u32 i)
{
    while (i < BP_ARGS_MAX && call->types[i] == BP_ARG_SKIP)
        i++;
    return i < BP_ARGS_MAX && call->types[i] ? i : BP_ARGS_MAX;
}

/* Appends further arguments: all of them, or as far as they are known before the call returns. */
static void put_args(struct bp_trace_call *call, bool returned)
{
    u32 i = call->shown, next;

    for (; i < BP_ARGS_MAX; i = next) {
        u8 type = call->types[i], when = arg_types[type].when;

        if (when != IN && !returned)
            break;
        next = next_shown(call, i + 1);
        bp_put_as(call, when == IN || is_filled(call, when) ? type : BP_ARG_PTR, (int)i,
                  call->args[i]);
        if (next < BP_ARGS_MAX)
            bp_put(call, ", ");
    }
    call->shown = i;
}

static void put_error(struct bp_trace_call *call, int error)
{
    if (bp_errno_name(error))
        bp_put(call, "-1 %s (%s)", bp_errno_name(error), bp_errno_text(error));
    else
        bp_put(call, "-1 (errno %d)", error);
}

static void put_result(struct bp_trace_call *call)
{
    u64 ret = (u64)call->ret;

    switch ((enum bp_returns)call->returns) {
    case BP_RETURNS_NUM:
    case BP_RETURNS_FD:
        bp_put_long(call, 0, ret, 0);
        break;
    case BP_RETURNS_HEX:
        bp_put_hex(call, 0, ret, 0);
        break;
    case BP_RETURNS_OCT:
        bp_put_octal(call, 0, ret, 0);
        break;
    case BP_RETURNS_NEVER:
        bp_put(call, "?");
        break;
    case BP_RETURNS_POLLED:
        bp_put_polled(call);
        break;
    case BP_RETURNS_SELECTED:
        bp_put_selected(call);
        break;
    case BP_RETURNS_OFLAGS:
        bp_put(call, "0x%lx (flags ", ret);
        bp_put_as(call, BP_ARG_OFLAGS, 0, ret);
        bp_put(call, ")");
        break;
    case BP_RETURNS_FDFLAGS:
        bp_put(call, ret ? "0x%lx (flags FD_CLOEXEC)" : "0", ret);
        break;
    }
}

/* ---- lines of several threads ---- */

/* Guards what follows, and keeps lines whole and in order: it is held while they are written. */
static struct bp_lock lock;
static struct bp_list unwritten =
    BP_LIST_INIT(unwritten); /* calls under way that nothing was written of */
static struct bp_trace_call
    *open_call; /* its first part ends what was written, without a newline */

void bp_trace_forked(u32 tid)
{
    lock = (struct bp_lock){0};
    open_call = NULL;
    bp_list_for_each_safe (node, &unwritten) {
        if (bp_list_entry(node, struct bp_trace_call, node)->tid != tid)
            bp_list_del(node); /* somebody else's: its thread is not here */
    }
}

static void write_text(const char *text, size_t len)
{
    bp_host(SYS_write, bp_trace_fd, text, len);
}

/* Ends the line of the open call: somebody else's comes. */
static void leave_open_call(void)
{
    static const char mark[] = " <unfinished ...>\n";

    if (open_call)
        write_text(mark, sizeof(mark) - 1);
    open_call = NULL;
}

static void write_first_parts(void)
{
    bp_list_for_each_safe (node, &unwritten) {
        struct bp_trace_call *call = bp_list_entry(node, struct bp_trace_call, node);

        leave_open_call();
        bp_list_del(&call->node);
        write_text(call->text, call->first_len);
        call->cut = true;
        open_call = call;
    }
}

void bp_trace_idle(void)
{
    bp_lock(&lock);
    write_first_parts();
    bp_unlock(&lock);
}

static void write_resumed(const struct bp_trace_call *call)
{
    char name[32], start[RESUMED_BYTES];
    int len = bp_snprintf(start, sizeof(start), "%s[%u] <... %s resumed>", call->program, call->tid,
                          name_of(call, name, sizeof(name)));
    const struct iovec parts[] = {
        {start, BP_MIN((size_t)len, sizeof(start) - 1)},
        {(char *)call->text + call->first_len, call->len - call->first_len},
    };

    bp_host(SYS_writev, bp_trace_fd, parts, ARRAY_SIZE(parts));
}

/* Writes what the call's line holds, or the rest of it. */
static void write_line(struct bp_trace_call *call)
{
    set_limit(call, BP_TRACE_LINE);
    bp_put(call, "\n");
    bp_lock(&lock);
    bp_list_del(&call->node);
    if (open_call == call) {
        open_call = NULL;
        write_text(call->text + call->first_len, call->len - call->first_len);
    } else {
        write_first_parts();
        leave_open_call();
        if (call->cut)
            write_resumed(call);
        else
            write_text(call->text, call->len);
    }
    bp_unlock(&lock);
}

static void begin_line(struct bp_trace_call *call, const char *program, u32 tid)
{
    bp_list_init(&call->node);
    call->program = program;
    call->tid = tid;
    call->ret = 0;
    call->cut = call->full = false;
    call->len = 0;
    call->limit = BP_TRACE_LINE - RESULT_BYTES;
    bp_put(call, "%s[%u] ", program, tid);
}

void bp_trace_enter(struct bp_trace_call *call, const char *program, u32 tid, u64 nr,
                    const u64 *args)
{
    char name[32];

    begin_line(call, program, tid);
    call->nr = nr;
    memcpy(call->args, args, sizeof(call->args));
    find_types(call);
    call->shown = next_shown(call, 0);
    bp_put(call, "%s(", name_of(call, name, sizeof(name)));
    put_args(call, false);
    call->first_len = call->len;
    bp_lock(&lock);
    bp_list_add_tail(&unwritten, &call->node);
    bp_unlock(&lock);
    if (call->returns == BP_RETURNS_NEVER)
        bp_trace_exit(call, 0);
}

void bp_trace_exit(struct bp_trace_call *call, long ret)
{
    call->ret = ret;
    put_args(call, true);
    set_limit(call, BP_TRACE_LINE - sizeof("...\n") + 1);
    bp_put(call, ") = ");
    if (bp_is_error(ret))
        put_error(call, (int)-ret);
    else
        put_result(call);
    write_line(call);
}

static struct bp_trace_call *call_of(u32 tid)
{
    if (open_call && open_call->tid == tid)
        return open_call;
    bp_list_for_each (node, &unwritten) {
        struct bp_trace_call *call = bp_list_entry(node, struct bp_trace_call, node);

        if (call->tid == tid)
            return call;
    }
    return NULL;
}

void bp_trace_exec(u32 tid)
{
    struct bp_trace_call *call;

    bp_lock(&lock);
    call = call_of(tid);
    bp_unlock(&lock);
    if (call)
        bp_trace_exit(call, 0);
}

/* ---- signals and ends ---- */

/* What the code of a signal from the processor means depends on the signal. */
static const struct {
    u8 signal, names;
} fault_codes[] = {
    {SIGSEGV, BP_NAMES_segv_code}, {SIGBUS, BP_NAMES_bus_code},   {SIGFPE, BP_NAMES_fpe_code},
    {SIGILL, BP_NAMES_ill_code},   {SIGTRAP, BP_NAMES_trap_code},
};

static void put_siginfo(struct bp_trace_call *line, const siginfo_t *info)
{
    u64 names = BP_NAMES_signal_code;
    bool fault = false;

    for (u32 i = 0; i < ARRAY_SIZE(fault_codes); i++) {
        if (info->si_code > 0 && info->si_code != SI_KERNEL &&
            fault_codes[i].signal == info->si_signo) {
            names = fault_codes[i].names;
            fault = true;
        }
    }
    bp_put(line, "{si_signo=");
    bp_put_as(line, BP_ARG_SIG, 0, (u64)info->si_signo);
    bp_put(line, ", si_code=");
    bp_put_names(line, 0, (u32)info->si_code, names);
    if (fault) {
        bp_put(line, ", si_addr=");
        bp_put_as(line, BP_ARG_PTR, 0, (u64)info->si_addr);
    } else if (info->si_code == SI_USER || info->si_code == SI_TKILL || info->si_code == SI_QUEUE) {
        bp_put(line, ", si_pid=%d, si_uid=%u", info->si_pid, info->si_uid);
    }
    bp_put(line, "}");
}

void bp_trace_signal(const char *program, u32 tid, const siginfo_t *info)
{
    struct bp_trace_call line;

    begin_line(&line, program, tid);
    bp_put(&line, "--- ");
    bp_put_as(&line, BP_ARG_SIG, 0, (u64)info->si_signo);
    bp_put(&line, " ");
    put_siginfo(&line, info);
    bp_put(&line, " ---");
    write_line(&line);
}

void bp_trace_end(const char *program, u32 tid, int status)
{
    struct bp_trace_call line;

    begin_line(&line, program, tid);
    if (WIFSIGNALED(status)) {
        bp_put(&line, "+++ killed by ");
        bp_put_as(&line, BP_ARG_SIG, 0, (u64)WTERMSIG(status));
        bp_put(&line, " +++");
    } else {
        bp_put(&line, "+++ exited with %d +++", WEXITSTATUS(status));
    }
    write_line(&line);
}
