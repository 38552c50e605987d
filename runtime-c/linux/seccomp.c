#include "linux/seccomp.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/calls.h"
#include "linux/dispatch.h"
#include "linux/signal.h"
#include "linux/sigset.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    MEMORY_WORDS = 16,
    /* As Linux: of all filters of a thread, each counted with four more. */
    ALL_INSTRUCTIONS_MAX = 32768,
    INSTRUCTIONS_EXTRA = 4,
    SYSCALL_SECCOMP = 1, /* si_code, SYS_SECCOMP */
};

/* Never freed before the process ends: a fork's child, and threads, go on with those they had. */
struct bp_seccomp {
    const struct bp_seccomp *older;
    u32 total; /* instructions of it and all older ones, as they count */
    u16 len;
    struct sock_filter code[];
};

/* ---- what a program may be; as Linux checks it ---- */

static bool is_known(u16 code)
{
    switch (code) {
    case BPF_LD | BPF_W | BPF_ABS:
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_LD | BPF_IMM:
    case BPF_LDX | BPF_IMM:
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
    case BPF_MISC | BPF_TAX:
    case BPF_MISC | BPF_TXA:
    case BPF_RET | BPF_K:
    case BPF_RET | BPF_A:
    case BPF_ALU | BPF_NEG:
    case BPF_JMP | BPF_JA:
        return true;
    default:
        break;
    }
    switch (code & ~BPF_X) {
    case BPF_ALU | BPF_ADD:
    case BPF_ALU | BPF_SUB:
    case BPF_ALU | BPF_MUL:
    case BPF_ALU | BPF_DIV:
    case BPF_ALU | BPF_AND:
    case BPF_ALU | BPF_OR:
    case BPF_ALU | BPF_XOR:
    case BPF_ALU | BPF_LSH:
    case BPF_ALU | BPF_RSH:
    case BPF_JMP | BPF_JEQ:
    case BPF_JMP | BPF_JGT:
    case BPF_JMP | BPF_JGE:
    case BPF_JMP | BPF_JSET:
        return true;
    default:
        return false;
    }
}

static bool is_valid(const struct sock_filter *f, u32 left)
{
    u16 code = f->code;

    if (!is_known(code))
        return false;
    if (code == (BPF_LD | BPF_W | BPF_ABS))
        return f->k < sizeof(struct seccomp_data) && !(f->k & 3);
    if (code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM) || code == BPF_ST ||
        code == BPF_STX)
        return f->k < MEMORY_WORDS;
    if (code == (BPF_ALU | BPF_DIV))
        return f->k != 0;
    if (code == (BPF_ALU | BPF_LSH) || code == (BPF_ALU | BPF_RSH))
        return f->k < 32;
    if (code == (BPF_JMP | BPF_JA))
        return f->k < left;
    if (BPF_CLASS(code) == BPF_JMP)
        return f->jt < left && f->jf < left;
    return true;
}

static bool is_program(const struct bp_seccomp *filter)
{
    for (u32 i = 0; i < filter->len; i++) {
        if (!is_valid(&filter->code[i], filter->len - i - 1u))
            return false;
    }
    return BPF_CLASS(filter->code[filter->len - 1].code) == BPF_RET;
}

/* ---- running one ---- */

static u32 alu(u16 code, u32 a, u32 b)
{
    switch (BPF_OP(code)) {
    case BPF_ADD:
        return a + b;
    case BPF_SUB:
        return a - b;
    case BPF_MUL:
        return a * b;
    case BPF_DIV:
        return a / b; /* not by 0: run() */
    case BPF_AND:
        return a & b;
    case BPF_OR:
        return a | b;
    case BPF_XOR:
        return a ^ b;
    case BPF_LSH:
        return a << (b & 31);
    case BPF_RSH:
        return a >> (b & 31);
    default:
        return -a;
    }
}

static bool jumps(u16 code, u32 a, u32 b)
{
    switch (BPF_OP(code)) {
    case BPF_JEQ:
        return a == b;
    case BPF_JGT:
        return a > b;
    case BPF_JGE:
        return a >= b;
    default:
        return a & b;
    }
}

/* Ends: jumps only go forward, and the last instruction returns. */
static u32 run(const struct bp_seccomp *filter, const struct seccomp_data *data)
{
    u32 a = 0, x = 0, memory[MEMORY_WORDS] = {0};

    for (const struct sock_filter *f = filter->code;; f++) {
        u32 operand = BPF_SRC(f->code) == BPF_X ? x : f->k;

        switch (BPF_CLASS(f->code)) {
        case BPF_RET:
            return BPF_RVAL(f->code) == BPF_A ? a : f->k;
        case BPF_LD:
            if (BPF_MODE(f->code) == BPF_ABS)
                memcpy(&a, (const u8 *)data + f->k, sizeof(a));
            else
                a = BPF_MODE(f->code) == BPF_LEN   ? sizeof(*data)
                    : BPF_MODE(f->code) == BPF_MEM ? memory[f->k]
                                                   : f->k;
            break;
        case BPF_LDX:
            x = BPF_MODE(f->code) == BPF_LEN   ? sizeof(*data)
                : BPF_MODE(f->code) == BPF_MEM ? memory[f->k]
                                               : f->k;
            break;
        case BPF_ST:
            memory[f->k] = a;
            break;
        case BPF_STX:
            memory[f->k] = x;
            break;
        case BPF_ALU:
            if (BPF_OP(f->code) == BPF_DIV && !operand)
                return SECCOMP_RET_KILL_THREAD;
            a = alu(f->code, a, operand);
            break;
        case BPF_JMP:
            if (BPF_OP(f->code) == BPF_JA)
                f += f->k;
            else
                f += jumps(f->code, a, operand) ? f->jt : f->jf;
            break;
        default: /* BPF_MISC */
            if (BPF_MISCOP(f->code) == BPF_TAX)
                x = a;
            else
                a = x;
        }
    }
}

/* ---- what comes of a call ---- */

BP_NORETURN static void end_thread(struct bp_proc *proc, int signal)
{
    if (READ_ONCE(proc->task_count) == 1)
        bp_proc_exit(proc, signal);
    bp_task_exit();
}

/* As a fault would: a program that blocks or ignores it ends. */
static void trap(u64 nr, u32 data, u64 rip)
{
    struct bp_task *task = bp_current_task();
    u64 handler = task->proc->sigactions.action[SIGSYS - 1].handler;
    siginfo_t info = {.si_signo = SIGSYS, .si_code = SYSCALL_SECCOMP, .si_errno = (int)data};

    info.si_call_addr = (void *)rip;
    info.si_syscall = (int)nr;
    info.si_arch = AUDIT_ARCH_X86_64;
    if (handler == (u64)SIG_IGN || task->sig.mask & BP_SIGBIT(SIGSYS))
        bp_proc_exit(task->proc, SIGSYS);
    else
        bp_signal_task(task, SIGSYS, &info);
}

/* The strictest of all filters, the newest of equals. */
static u32 verdict(const struct bp_seccomp *filter, const struct seccomp_data *data)
{
    u32 strictest = SECCOMP_RET_ALLOW;

    for (; filter; filter = filter->older) {
        u32 ret = run(filter, data);

        if ((s32)(ret & SECCOMP_RET_ACTION_FULL) < (s32)(strictest & SECCOMP_RET_ACTION_FULL))
            strictest = ret;
    }
    return strictest;
}

static bool is_of_strict_mode(u64 nr)
{
    return nr == SYS_read || nr == SYS_write || nr == SYS_exit || nr == SYS_rt_sigreturn;
}

bool bp_seccomp_allows(u64 nr, const u64 args[6], long *result)
{
    struct bp_task *task = bp_current_task();
    struct seccomp_data data = {.nr = (int)nr,
                                .arch = AUDIT_ARCH_X86_64,
                                .instruction_pointer = bp_frame_of(&task->thread)->rip};
    u32 ret, value;

    if (task->seccomp_strict) {
        if (!is_of_strict_mode(nr))
            end_thread(task->proc, SIGKILL);
        return true;
    }
    memcpy(data.args, args, sizeof(data.args));
    ret = verdict(bp_load_acquire(&task->seccomp), &data);
    value = ret & SECCOMP_RET_DATA;
    switch (ret & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
    case SECCOMP_RET_LOG:
        return true;
    case SECCOMP_RET_ERRNO:
        *result = -(long)BP_MIN(value, 4095u);
        return false;
    case SECCOMP_RET_TRAP:
        trap(nr, value, data.instruction_pointer);
        *result = (long)nr;
        return false;
    case SECCOMP_RET_TRACE: /* nobody traces, or listens */
    case SECCOMP_RET_USER_NOTIF:
        *result = -ENOSYS;
        return false;
    case SECCOMP_RET_KILL_THREAD:
        end_thread(task->proc, SIGSYS);
    default:
        bp_proc_exit(task->proc, SIGSYS);
        *result = -ENOSYS;
        return false;
    }
}

/* ---- setting ---- */

static void begin(struct bp_task *task)
{
    task->thread.calls = bp_calls_filtered();
}

static bool has_no_new_privs(void)
{
    struct bp_task *task = bp_current_task();

    return task->proc->forked ? bp_host(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1
                              : task->no_new_privs;
}

static bool may_filter(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

    return has_no_new_privs() ||
           (!bp_host(SYS_capget, &header, data) && data[0].effective & 1u << CAP_SYS_ADMIN);
}

/* The filter of the program's at `user`, or negative errno in *ret. */
static struct bp_seccomp *copy_filter(u64 user, long *ret)
{
    struct sock_fprog program;
    struct bp_seccomp *filter;
    u64 bytes;
    long memory;

    *ret = -EFAULT;
    if (bp_copy(&program, (const void *)user, sizeof(program)))
        return NULL;
    *ret = -EINVAL;
    if (!program.len || program.len > BPF_MAXINSNS)
        return NULL;
    *ret = -EACCES;
    if (!may_filter())
        return NULL;
    *ret = -EINVAL;
    if (!program.filter)
        return NULL;
    bytes = sizeof(*filter) + program.len * sizeof(struct sock_filter);
    memory =
        bp_host(SYS_mmap, NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *ret = -ENOMEM;
    if (bp_is_error(memory))
        return NULL;
    filter = (struct bp_seccomp *)memory;
    filter->len = program.len;
    *ret = bp_copy(filter->code, program.filter, program.len * sizeof(struct sock_filter)) ? -EFAULT
           : is_program(filter)                                                            ? 0
                                : -EINVAL;
    if (!*ret)
        return filter;
    bp_host(SYS_munmap, memory, bytes);
    return NULL;
}

static bool descends(const struct bp_seccomp *filter, const struct bp_seccomp *ancestor)
{
    while (filter && filter != ancestor)
        filter = filter->older;
    return filter == ancestor;
}

/* All threads get the filter, or none: then the number of one that has others. Process locked. */
static u32 synchronise(struct bp_proc *proc, const struct bp_task *self,
                       const struct bp_seccomp *filter)
{
    bp_list_for_each (node, &proc->tasks) {
        struct bp_task *task = bp_list_entry(node, struct bp_task, node);

        if (task != self && (task->seccomp_strict || !descends(self->seccomp, task->seccomp)))
            return task->tid;
    }
    bp_list_for_each (node, &proc->tasks) {
        struct bp_task *task = bp_list_entry(node, struct bp_task, node);

        task->no_new_privs |= self->no_new_privs;
        bp_store_release(&task->seccomp, filter);
        begin(task);
    }
    return 0;
}

static long add_filter(u64 flags, u64 user)
{
    struct bp_task *task = bp_current_task();
    struct bp_seccomp *filter;
    u32 other = 0;
    long ret;

    if (flags & ~(u64)(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG |
                       SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_TSYNC_ESRCH))
        return -EINVAL; /* nobody could listen */
    filter = copy_filter(user, &ret);
    if (!filter)
        return ret;
    filter->older = task->seccomp;
    filter->total = filter->len + (filter->older ? filter->older->total + INSTRUCTIONS_EXTRA : 0);
    if (filter->total > ALL_INSTRUCTIONS_MAX) {
        ret = -ENOMEM;
    } else if (flags & SECCOMP_FILTER_FLAG_TSYNC) {
        bp_lock(&task->proc->lock);
        other = synchronise(task->proc, task, filter);
        bp_unlock(&task->proc->lock);
        if (other)
            ret = flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH ? -ESRCH : (long)other;
    } else {
        bp_store_release(&task->seccomp, filter);
        begin(task);
    }
    if (ret)
        bp_host(SYS_munmap, filter, sizeof(*filter) + filter->len * sizeof(filter->code[0]));
    return ret;
}

static long be_strict(void)
{
    struct bp_task *task = bp_current_task();

    if (task->seccomp)
        return -EINVAL;
    task->seccomp_strict = true;
    begin(task);
    return 0;
}

static long is_available(u64 user)
{
    u32 action;

    if (bp_get_user32(&action, (const u32 *)user))
        return -EFAULT;
    switch (action) {
    case SECCOMP_RET_KILL_PROCESS:
    case SECCOMP_RET_KILL_THREAD:
    case SECCOMP_RET_TRAP:
    case SECCOMP_RET_ERRNO:
    case SECCOMP_RET_TRACE:
    case SECCOMP_RET_LOG:
    case SECCOMP_RET_ALLOW:
        return 0;
    default:
        return -EOPNOTSUPP;
    }
}

long bp_sys_seccomp(u64 operation, u64 flags, u64 args)
{
    switch ((u32)operation) {
    case SECCOMP_SET_MODE_STRICT:
        return flags || args ? -EINVAL : be_strict();
    case SECCOMP_SET_MODE_FILTER:
        return bp_current_task()->seccomp_strict ? -EINVAL : add_filter((u32)flags, args);
    case SECCOMP_GET_ACTION_AVAIL:
        return flags ? -EINVAL : is_available(args);
    default:
        return -EINVAL;
    }
}

long bp_seccomp_set(u64 mode, u64 program)
{
    switch (mode) {
    case SECCOMP_MODE_STRICT:
        return bp_sys_seccomp(SECCOMP_SET_MODE_STRICT, 0, 0);
    case SECCOMP_MODE_FILTER:
        return bp_sys_seccomp(SECCOMP_SET_MODE_FILTER, 0, program);
    default:
        return -EINVAL;
    }
}

u32 bp_seccomp_filters(const struct bp_task *task)
{
    u32 count = 0;

    for (const struct bp_seccomp *filter = task->seccomp; filter; filter = filter->older)
        count++;
    return count;
}

long bp_seccomp_mode(const struct bp_task *task)
{
    return task->seccomp_strict ? SECCOMP_MODE_STRICT
           : task->seccomp      ? SECCOMP_MODE_FILTER
                                : SECCOMP_MODE_DISABLED;
}
