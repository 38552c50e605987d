#include "socket/siginfo.h"

/* Which members of the union of siginfo_t count (sigaction(2), "The siginfo_t argument"). */
enum layout {
    SENDER, /* si_pid, si_uid */
    TIMER,
    IO,
    FAULT,
    CHILD,
    VALUE, /* the sender and si_value */
    CALL,  /* SIGSYS */
};

/* What the kernel itself says by a signal: codes from 1 to `codes` mean that layout. */
static const struct {
    u8 codes, layout;
} own[] = {
    [SIGILL] = {11, FAULT},  [SIGTRAP] = {6, FAULT}, [SIGBUS] = {5, FAULT}, [SIGFPE] = {15, FAULT},
    [SIGSEGV] = {10, FAULT}, [SIGCHLD] = {6, CHILD}, [SIGIO] = {6, IO},     [SIGSYS] = {2, CALL},
};

static enum layout layout_of(const siginfo_t *info)
{
    enum {
        IO_CODES = 6,
        FIRST_SHARED = SI_KERNEL /* codes from here on are of no signal in particular */
    };
    u32 signal = (u32)info->si_signo;

    if (info->si_code > SI_USER && info->si_code < FIRST_SHARED) {
        if (signal < ARRAY_SIZE(own) && info->si_code <= own[signal].codes)
            return own[signal].layout;
        return info->si_code <= IO_CODES ? IO : SENDER; /* F_SETSIG gives these to any signal */
    }
    if (info->si_code == SI_TIMER)
        return TIMER;
    if (info->si_code == SI_SIGIO)
        return IO;
    return info->si_code < 0 ? VALUE : SENDER;
}

static void put_sender(struct signalfd_siginfo *to, const siginfo_t *from)
{
    to->ssi_pid = (u32)from->si_pid;
    to->ssi_uid = from->si_uid;
}

static void put_value(struct signalfd_siginfo *to, const siginfo_t *from)
{
    to->ssi_ptr = (u64)from->si_value.sival_ptr;
    to->ssi_int = from->si_value.sival_int;
}

static void put_timer(struct signalfd_siginfo *to, const siginfo_t *from)
{
    to->ssi_tid = (u32)from->si_timerid;
    to->ssi_overrun = (u32)from->si_overrun;
    put_value(to, from);
}

static void put_io(struct signalfd_siginfo *to, const siginfo_t *from)
{
    to->ssi_band = (u32)from->si_band;
    to->ssi_fd = from->si_fd;
}

static void put_fault(struct signalfd_siginfo *to, const siginfo_t *from)
{
    to->ssi_addr = (u64)from->si_addr;
    if (from->si_signo == SIGBUS &&
        (from->si_code == BUS_MCEERR_AR || from->si_code == BUS_MCEERR_AO))
        to->ssi_addr_lsb = (u16)from->si_addr_lsb;
}

static void put_child(struct signalfd_siginfo *to, const siginfo_t *from)
{
    put_sender(to, from);
    to->ssi_status = from->si_status;
    to->ssi_utime = (u64)from->si_utime;
    to->ssi_stime = (u64)from->si_stime;
}

static void put_queued(struct signalfd_siginfo *to, const siginfo_t *from)
{
    put_sender(to, from);
    put_value(to, from);
}

static void put_call(struct signalfd_siginfo *to, const siginfo_t *from)
{
    to->ssi_call_addr = (u64)from->si_call_addr;
    to->ssi_syscall = from->si_syscall;
    to->ssi_arch = from->si_arch;
}

void bp_siginfo_to_signalfd(struct signalfd_siginfo *to, const siginfo_t *from)
{
    static void (*const put[])(struct signalfd_siginfo *, const siginfo_t *) = {
        [SENDER] = put_sender, [TIMER] = put_timer,  [IO] = put_io,     [FAULT] = put_fault,
        [CHILD] = put_child,   [VALUE] = put_queued, [CALL] = put_call,
    };

    memset(to, 0, sizeof(*to));
    to->ssi_signo = (u32)from->si_signo;
    to->ssi_errno = from->si_errno;
    to->ssi_code = from->si_code;
    put[layout_of(from)](to, from);
}
