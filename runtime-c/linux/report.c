#include "linux/report.h"
#include "base/log.h"
#include "base/uaccess.h"
#include "linux/sigset.h"
#include "loader/maps.h"

#include <sys/mman.h>

enum {
    STACK_WORDS = 256, /* looked at for callers */
    CALLERS = 8,
    REGISTERS_A_LINE = 4,
};

static const char *const names[] = {
#define NAME(signal) [signal] = #signal
    NAME(SIGHUP),   NAME(SIGINT),    NAME(SIGQUIT), NAME(SIGILL),  NAME(SIGTRAP),   NAME(SIGABRT),
    NAME(SIGBUS),   NAME(SIGFPE),    NAME(SIGKILL), NAME(SIGUSR1), NAME(SIGSEGV),   NAME(SIGUSR2),
    NAME(SIGPIPE),  NAME(SIGALRM),   NAME(SIGTERM), NAME(SIGCHLD), NAME(SIGSTKFLT), NAME(SIGCONT),
    NAME(SIGSTOP),  NAME(SIGTSTP),   NAME(SIGTTIN), NAME(SIGTTOU), NAME(SIGURG),    NAME(SIGXCPU),
    NAME(SIGXFSZ),  NAME(SIGVTALRM), NAME(SIGPROF), NAME(SIGIO),   NAME(SIGPWR),    NAME(SIGSYS),
    NAME(SIGWINCH),
#undef NAME
};

const char *bp_signal_name(int signal)
{
    bool named = signal > 0 && (u32)signal < ARRAY_SIZE(names) && names[signal];

    return named ? names[signal] : "signal";
}

/* What the code of a fault says (sigaction(2)). */
static const struct {
    int signal, code;
    const char *meaning;
} codes[] = {
    {SIGSEGV, SEGV_MAPERR, "nothing is mapped at"},
    {SIGSEGV, SEGV_ACCERR, "no permission for the access to"},
    {SIGSEGV, SI_KERNEL,
     "a non-canonical address, a privileged instruction, or a stack that takes no signal frame, "
     "near"},
    {SIGBUS, BUS_ADRALN, "unaligned access to"},
    {SIGBUS, BUS_ADRERR, "no memory or file behind"},
    {SIGBUS, BUS_OBJERR, "hardware error at"},
    {SIGFPE, FPE_INTDIV, "integer division by zero at"},
    {SIGFPE, FPE_INTOVF, "integer overflow at"},
    {SIGILL, ILL_ILLOPN, "illegal operand at"},
    {SIGILL, ILL_ILLOPC, "illegal instruction at"},
    {SIGTRAP, TRAP_BRKPT, "breakpoint at"},
    {SIGTRAP, SI_KERNEL, "breakpoint near"},
};

static const char *meaning_of(const siginfo_t *info)
{
    for (u32 i = 0; i < ARRAY_SIZE(codes); i++) {
        if (codes[i].signal == info->si_signo && codes[i].code == info->si_code)
            return codes[i].meaning;
    }
    return "at";
}

static void report_cause(const struct bp_task *task, const siginfo_t *info)
{
    const struct bp_proc *proc = task->proc;
    const char *name = bp_signal_name(info->si_signo);

    if (info->si_code > 0)
        bp_log("%s: ended by %s (%s 0x%lx), pid %u, thread %u (%s)", proc->name, name,
               meaning_of(info), (u64)info->si_addr, proc->pid, task->tid, task->comm);
    else
        bp_log("%s: ended by %s (sent by pid %d), pid %u, thread %u (%s)", proc->name, name,
               info->si_pid, proc->pid, task->tid, task->comm);
}

/* "libc.so.6+0x2a1f0": the file and the offset that addr2line and objdump want. */
static void report_place(const struct bp_task *task, u64 rip)
{
    struct bp_map_entry map;

    if (bp_maps_find(rip, &map))
        bp_log("%s:   at 0x%lx, where nothing is mapped", task->proc->name, rip);
    else if (map.name[0])
        bp_log("%s:   at 0x%lx, %s+0x%lx", task->proc->name, rip, map.name,
               rip - map.start + map.offset);
    else
        bp_log("%s:   at 0x%lx, in anonymous memory%s", task->proc->name, rip,
               map.prot & PROT_EXEC ? "" : " that is not executable");
}

static void report_registers(const struct bp_task *task, const struct bp_context *context)
{
    const struct bp_frame *f = &context->frame;
    const struct {
        const char *name;
        u64 value;
    } registers[] = {
        {"rax", f->rax}, {"rbx", f->rbx}, {"rcx", context->rcx}, {"rdx", f->rdx},
        {"rsi", f->rsi}, {"rdi", f->rdi}, {"rbp", f->rbp},       {"rsp", f->rsp},
        {"r8 ", f->r8},  {"r9 ", f->r9},  {"r10", f->r10},       {"r11", f->r11},
        {"r12", f->r12}, {"r13", f->r13}, {"r14", f->r14},       {"r15", f->r15},
    };
    BP_STATIC_ASSERT(ARRAY_SIZE(registers) % REGISTERS_A_LINE == 0, "whole lines");

    for (u32 i = 0; i < ARRAY_SIZE(registers); i += REGISTERS_A_LINE)
        bp_log("%s:   %s %016lx  %s %016lx  %s %016lx  %s %016lx", task->proc->name,
               registers[i].name, registers[i].value, registers[i + 1].name, registers[i + 1].value,
               registers[i + 2].name, registers[i + 2].value, registers[i + 3].name,
               registers[i + 3].value);
}

/*
 * Whether a call instruction may end at addr: `call rel32`, or `call` by register or memory in any
 * length.
 */
static bool follows_call(u64 addr)
{
    enum {
        LONGEST = 7,
        CALL_REL32 = 0xe8,
        GROUP5 = 0xff,
        CALL_INDIRECT = 2
    };
    u8 code[LONGEST];

    if (bp_copy(code, (void *)(addr - LONGEST), LONGEST))
        return false;
    if (code[LONGEST - 5] == CALL_REL32)
        return true;
    for (u32 length = 2; length <= LONGEST; length++) {
        if (code[LONGEST - length] == GROUP5 &&
            (code[LONGEST - length + 1] >> 3 & 7) == CALL_INDIRECT)
            return true;
    }
    return false;
}

/*
 * What lies on the stack and looks like a return address: most are callers, some are left over from
 * earlier calls.
 */
static void report_callers(const struct bp_task *task, u64 rsp)
{
    u32 found = 0;

    for (u32 i = 0; i < STACK_WORDS && found < CALLERS; i++) {
        struct bp_map_entry map;
        u64 word;

        if (bp_get_user64(&word, (u64 *)rsp + i)) {
            if (!i)
                bp_log("%s:   the stack cannot be read", task->proc->name);
            return;
        }
        if (word < BP_PAGE_SIZE || !follows_call(word) || bp_maps_find(word, &map) ||
            !(map.prot & PROT_EXEC))
            continue;
        bp_log("%s:   perhaps from 0x%lx, %s+0x%lx", task->proc->name, word,
               map.name[0] ? map.name : "anonymous memory", word - map.start + map.offset);
        found++;
    }
}

void bp_report_crash(const struct bp_task *task, const struct bp_context *context,
                     const siginfo_t *info)
{
    report_cause(task, info);
    report_place(task, context->frame.rip);
    report_registers(task, context);
    report_callers(task, context->frame.rsp);
}
