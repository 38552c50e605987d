#include "entry/entry.h"
#include "base/host.h"
#include "base/log.h"
#include "base/stats.h"
#include "base/uaccess.h"
#include "entry/site_cache.h"
#include "entry/thunk.h"
#include "memory/node.h"
#include "memory/slot.h"
#include "sched/process.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/prctl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>

BP_STATIC_ASSERT(BP_STAT_PATCHED == 3 && BP_STAT_TRAPPED == 4 && BP_APP_STAT_CALLS == 0,
                 "entry.S counts by number");
BP_STATIC_ASSERT(BP_CALLS == 512, "entry.S");
BP_STATIC_ASSERT(BP_RFLAGS_LAST == 0x50100, "entry.S");

enum {
    SIGNAL_STACK = 64 << 10
};

extern void bp_entry(void), bp_entry_dead(void), bp_entry_trap(void), bp_entry_async(void);
extern void bp_restorer(void);
extern const char bp_entry_trap_return[];
extern const char __executable_start[];

static struct bp_entry_upcalls upcalls;
static u64 text_start, text_end;
static struct bp_fault
    pending_faults[BP_WORKERS_MAX];       /* from the signal handler to bp_entry_interrupted */
static u64 pending_flags[BP_WORKERS_MAX]; /* likewise: what the runtime must not run under */

/* ---- where did the signal hit? ---- */

static bool in_text(u64 rip)
{
    return rip - text_start < text_end - text_start;
}

static bool on_handler_stack(const struct bp_worker *worker, u64 rsp)
{
    const struct bp_thread *thread = worker->pc.thread;

    return !thread ||
           rsp - (u64)thread->stack_memory <= thread->stack_top - (u64)thread->stack_memory;
}

/* The vDSO counts as runtime when the runtime called it, which the stack pointer tells. */
static bool in_runtime(const struct bp_worker *worker, u64 rip, u64 rsp)
{
    return in_text(rip) || on_handler_stack(worker, rsp);
}

/*
 * ---- 32-bit code and calls: as on a kernel without CONFIG_IA32_EMULATION ----
 *
 * A far jump leads to 32-bit code without the kernel's doing. The runtime's own is 64-bit code: the
 * first signal of any kind ends the excursion, which is a fault of the program then.
 */

enum {
    USER_CS = 0x33,
    SEGMENT_MASK = 0xffff,
    INT80_BYTES = 2, /* and syscall, and sysenter */
    TRAP_GENERAL = 13,
};

static bool is_32_bit(const ucontext_t *uc)
{
    return (uc->uc_mcontext.gregs[REG_CSGSFS] & SEGMENT_MASK) != USER_CS;
}

static void refuse_32_bit(const struct bp_worker *worker)
{
    struct bp_fault *fault = &pending_faults[worker->pc.cpu];

    if (!fault->signal)
        *fault = (struct bp_fault){.signal = SIGSEGV, .code = SI_KERNEL, .trapno = TRAP_GENERAL};
}

static void leave_32_bit(ucontext_t *uc, const struct bp_worker *worker)
{
    greg_t *segments = &uc->uc_mcontext.gregs[REG_CSGSFS];

    if (likely(!is_32_bit(uc)))
        return;
    *segments = (*segments & ~(greg_t)SEGMENT_MASK) | USER_CS;
    refuse_32_bit(worker);
}

static void redirect(ucontext_t *uc, struct bp_worker *worker)
{
    greg_t *regs = uc->uc_mcontext.gregs;

    leave_32_bit(uc, worker);
    worker->pc.scratch = (u64)regs[REG_RIP];
    regs[REG_RIP] = (greg_t)bp_entry_async;
    pending_flags[worker->pc.cpu] = (u64)regs[REG_EFL] & BP_RFLAGS_LAST;
    regs[REG_EFL] &= ~(greg_t)BP_RFLAGS_LAST;
    bp_wrgsbase((u64)worker);
}

/*
 * The worker whose kernel thread the signal hit, NULL on a kernel thread that is none. GS does not
 * tell: it may be the program's (entry/gs.h). bp_entry_arm left it at the start of the stack.
 */
static struct bp_worker *worker_of(const ucontext_t *uc)
{
    struct bp_worker **stack = uc->uc_stack.ss_sp;

    return stack ? *stack : NULL;
}

/* As if the program were at a system call that ends at cont. */
static void enter_call(greg_t *regs, struct bp_worker *worker, u64 cont)
{
    regs[REG_RCX] = (greg_t)cont;
    regs[REG_RIP] = (greg_t)bp_entry_trap;
    bp_wrgsbase((u64)worker);
}

/* ---- the host's signal handlers: they only redirect ---- */

/* ---- signals sent to a forked process ---- */

static bool (*receive_signal)(const siginfo_t *info);
static u64 outside_signals;

static void on_tick(int signal, siginfo_t *info, void *context);

static void on_outside(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    u64 gs = bp_rdgsbase();

    (void)signal;
    bp_wrgsbase((u64)worker_of(uc));
    if (!receive_signal(info))
        *(u64 *)&uc->uc_sigmask |= outside_signals; /* the host keeps them until there is room */
    bp_wrgsbase(gs);
    on_tick(BP_SIGNAL_KICK, info, context);
}

/* Not what an instruction of this process did, but what somebody sent it. */
static bool was_sent(const siginfo_t *info)
{
    return info->si_code <= 0 && receive_signal;
}

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    struct bp_worker *worker = worker_of(context);

    if (unlikely(was_sent(info))) {
        on_outside(signal, info, context);
        return;
    }
    if (unlikely(info->si_arch != AUDIT_ARCH_X86_64 || is_32_bit(context))) {
        regs[REG_RIP] -= INT80_BYTES;
        refuse_32_bit(worker);
        redirect(context, worker);
        return;
    }
    if (unlikely(in_runtime(worker, (u64)regs[REG_RIP], (u64)regs[REG_RSP]))) {
        /* A rare clock of the vDSO, called by the runtime, fell back to a system call. */
        regs[REG_RAX] = bp_host6(regs[REG_RAX], regs[REG_RDI], regs[REG_RSI], regs[REG_RDX],
                                 regs[REG_R10], regs[REG_R8], regs[REG_R9]);
        return;
    }
    enter_call(regs, worker, (u64)regs[REG_RIP]);
}

/* Whether the tick, or the kick, is to take the program out of its code now. */
static bool takes_out(struct bp_worker *worker, int signal, u64 rip, u64 rsp)
{
    if (!bp_tick_handle(worker) && signal != BP_SIGNAL_KICK)
        return false;
    if (!worker->pc.thread)
        return false;
    if (!in_runtime(worker, rip, rsp) && !bp_slot_is_thunk(rip))
        return true;
    worker->pc.exit_work |= BP_EXIT_LOOKS;
    if (!worker->tick_armed)
        bp_tick_arm(worker); /* the exit may be past its test already: come back */
    return false;
}

static void on_tick(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    const greg_t *regs = uc->uc_mcontext.gregs;
    struct bp_worker *worker = worker_of(uc);
    u64 gs = bp_rdgsbase();

    (void)info;
    bp_wrgsbase((u64)worker);
    if (takes_out(worker, signal, (u64)regs[REG_RIP], (u64)regs[REG_RSP]))
        redirect(uc, worker);
    else
        bp_wrgsbase(gs);
}

BP_NORETURN BP_COLD static void die_of_own_fault(int signal, const siginfo_t *info,
                                                 const greg_t *regs)
{
    bp_fatal(BP_EXIT_BUG,
             "internal error: signal %d at address %p, instruction %p (runtime's text starts at "
             "%p), stack %p; "
             "please report it with this line",
             signal, info->si_addr, (void *)regs[REG_RIP], (void *)text_start,
             (void *)regs[REG_RSP]);
}

/*
 * A program's TF and AC came into the runtime with its call: they are dropped here at their first
 * effect, and the exit from the call brings them back.
 */
static bool drop_flag(int signal, greg_t *regs, struct bp_worker *worker)
{
    greg_t flag = signal == SIGTRAP ? BP_RFLAGS_TF : signal == SIGBUS ? BP_RFLAGS_AC : 0;
    struct bp_thread *thread = worker ? worker->pc.thread : NULL;

    if (!(regs[REG_EFL] & flag))
        return false;
    regs[REG_EFL] &= ~flag;
    if (thread) {
        thread->flags_dropped |= (u32)flag;
        thread->at_exit = true;
        worker->pc.exit_work |= BP_EXIT_LOOKS;
    }
    return true;
}

/* A thunk is no part of the program: whoever steps through that goes on behind it. */
static bool steps_through_thunk(int signal, const siginfo_t *info, u64 rip)
{
    return signal == SIGTRAP && info->si_code == TRAP_TRACE && bp_slot_is_thunk(rip);
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    greg_t *regs = uc->uc_mcontext.gregs;
    u64 rip = (u64)regs[REG_RIP], cont;
    struct bp_worker *worker = worker_of(uc);

    if (unlikely(was_sent(info))) {
        on_outside(signal, info, context);
        return;
    }
    if ((in_text(rip) && drop_flag(signal, regs, worker)) || steps_through_thunk(signal, info, rip))
        return;
    if (rip - (u64)bp_uaccess_start < (u64)(bp_uaccess_end - bp_uaccess_start)) {
        regs[REG_RIP] = (greg_t)bp_uaccess_fixup;
        return;
    }
    if (in_text(rip))
        die_of_own_fault(signal, info, regs);
    if (!worker || on_handler_stack(worker, (u64)regs[REG_RSP]))
        die_of_own_fault(signal, info, regs);
    cont = signal == SIGTRAP && bp_slot_is_thunk(rip) ? bp_thunk_trapped(rip) : 0;
    if (unlikely(cont)) {
        regs[REG_R11] = regs[REG_EFL];
        enter_call(regs, worker, cont);
        return;
    }
    pending_faults[worker->pc.cpu] = (struct bp_fault){
        .signal = signal,
        .code = info->si_code,
        .address = (u64)info->si_addr,
        .trapno = (u64)regs[REG_TRAPNO],
        .error = (u64)regs[REG_ERR],
    };
    redirect(uc, worker);
}

/* ---- from entry.S ---- */

/* A thread that has just set its GS base does not go back into the thunk: only the other exits load
 * it. */
BP_NORETURN static void leave_thunk(const struct bp_frame *frame, long result)
{
    struct bp_context context = {.rcx = frame->rip, .rflags = BP_RFLAGS_DEFAULT, .frame = *frame};

    context.frame.rax = (u64)result;
    bp_exit_full(&context);
}

long bp_entry_exit_work(struct bp_frame *frame, long result)
{
    struct bp_worker *worker = bp_this_worker();

    bool looks = worker->pc.exit_work & BP_EXIT_LOOKS;

    worker->pc.exit_work = 0;
    bp_process_ring(worker);
    if (looks && bp_worker_poll_due(worker)) {
        bp_preempt();
        bp_percpu()->exit_work = 0;
    }
    bp_move();
    if (unlikely(READ_ONCE(bp_current()->interrupted) || bp_current()->at_exit))
        result = upcalls.exit_work(frame, result);
    if (unlikely(bp_current()->gs_base && frame->ret != (u64)bp_entry_trap_return))
        leave_thunk(frame, result);
    return result;
}

void bp_entry_interrupted(struct bp_context *context)
{
    struct bp_fault *fault = &pending_faults[bp_cpu()];

    context->rflags |= pending_flags[bp_cpu()];
    if (fault->signal) {
        struct bp_fault reported = *fault;

        fault->signal = 0;
        upcalls.faulted(context, &reported);
        return;
    }
    bp_preempt();
    bp_percpu()->exit_work = 0;
    if (READ_ONCE(bp_current()->interrupted))
        upcalls.interrupted(context);
}

/* ---- setting up ---- */

static void find_text(void)
{
    const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)__executable_start;
    const Elf64_Phdr *phdr = (const Elf64_Phdr *)(__executable_start + ehdr->e_phoff);

    for (int i = 0; i < ehdr->e_phnum; i++) {
        if (phdr[i].p_type == PT_LOAD && phdr[i].p_flags & PF_X) {
            text_start = (u64)__executable_start + phdr[i].p_vaddr;
            text_end = text_start + phdr[i].p_memsz;
        }
    }
}

struct kernel_sigaction {
    void (*handler)(int, siginfo_t *, void *);
    u64 flags;
    void (*restorer)(void);
    u64 mask;
};

static int handle(int signal, void (*handler)(int, siginfo_t *, void *))
{
    struct kernel_sigaction action = {
        .handler = handler,
        /* SA_RESTART: a host call of the runtime that the tick hits goes on, and no program sees
           EINTR for it. */
        .flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | 0x04000000 /* SA_RESTORER */,
        .restorer = bp_restorer,
        .mask = ~0ULL,
    };

    return (int)bp_host(SYS_rt_sigaction, signal, &action, NULL, sizeof(action.mask));
}

bool bp_host_has_sud(void)
{
    long ret = bp_host(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0);

    return !bp_is_error(ret);
}

int bp_entry_init(const struct bp_entry_upcalls *table, u64 hwcap2)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    int ret;

    upcalls = *table;
    find_text();
    if (!bp_host_has_sud()) {
        bp_log("this kernel or container denies Syscall User Dispatch (needs Linux 5.11, and a "
               "seccomp profile that "
               "allows prctl(PR_SET_SYSCALL_USER_DISPATCH)); see `bypassgen doctor`");
        return -ENOSYS;
    }
    if (!(hwcap2 & BP_HWCAP2_FSGSBASE)) {
        bp_log("this CPU or kernel has no FSGSBASE (needs Linux 5.9 without nofsgsbase); see "
               "`bypassgen doctor`");
        return -ENOSYS;
    }
    ret = bp_site_cache_init();
    if (!ret)
        ret = handle(SIGSYS, on_sigsys);
    for (u32 i = 0; !ret && i < ARRAY_SIZE(faults); i++)
        ret = handle(faults[i], on_fault);
    if (!ret)
        ret = handle(BP_SIGNAL_TICK, on_tick);
    if (!ret)
        ret = handle(BP_SIGNAL_KICK, on_tick);
    return ret;
}

static long arm_dispatch(void)
{
    return bp_host(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, text_start,
                   text_end - text_start, NULL);
}

void bp_entry_arm(struct bp_worker *worker)
{
    struct bp_worker **stack = bp_node_map("signal stacks", SIGNAL_STACK, worker->pc.node);
    stack_t alternate = {.ss_sp = stack, .ss_size = SIGNAL_STACK};
    /* Programs get theirs from the personality, with the EPIPE or EFBIG. */
    u64 blocked = 1ULL << (SIGPIPE - 1) | 1ULL << (SIGXFSZ - 1);

    worker->pc.entry = (u64)bp_entry;
    worker->pc.entry_dead = (u64)bp_entry_dead;
    if (stack)
        *stack = worker; /* for worker_of */
    if (!stack || bp_host(SYS_sigaltstack, &alternate, NULL) ||
        bp_host(SYS_rt_sigprocmask, SIG_BLOCK, &blocked, NULL, sizeof(blocked)) || arm_dispatch())
        bp_fatal(BP_EXIT_ENVIRONMENT,
                 "a worker cannot arm Syscall User Dispatch; run `bypassgen doctor`");
}

/* ---- fork ---- */

void bp_entry_forked(void)
{
    if (arm_dispatch())
        bp_fatal(BP_EXIT_ENVIRONMENT, "a forked process cannot arm Syscall User Dispatch: a "
                                      "seccomp filter denies it; run `bypassgen doctor`");
}

static bool is_own(int signal)
{
    static const int own[] = {SIGSYS,         SIGSEGV,        SIGBUS,          SIGFPE,
                              SIGILL,         SIGTRAP,        SIGKILL,         SIGSTOP,
                              BP_SIGNAL_TICK, BP_SIGNAL_KICK, BP_SIGNAL_CANCEL};

    for (u32 i = 0; i < ARRAY_SIZE(own); i++) {
        if (own[i] == signal)
            return true;
    }
    return false;
}

void bp_entry_take_signals(bool (*receive)(const siginfo_t *info))
{
    bool inherited = outside_signals; /* from a parent that was forked, too */
    u64 none = 0;

    receive_signal = receive;
    for (int signal = 1; signal <= 64 && !inherited; signal++) {
        if (is_own(signal))
            continue;
        handle(signal, on_outside);
        outside_signals |= 1ULL << (signal - 1);
    }
    bp_host(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
}

void bp_entry_receive_again(void)
{
    bp_host(SYS_rt_sigprocmask, SIG_UNBLOCK, &outside_signals, NULL, sizeof(outside_signals));
}
