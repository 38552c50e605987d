/*
 * seccomp(2): filters of a thread bind its calls and those of what it starts, the strictest of
 * several counts; what a program may be; each action; strict mode.
 *
 * variants: glibc static
 */
#include "compat.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define FIELD(name) offsetof(struct seccomp_data, name)
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)

static long seccomp(unsigned operation, unsigned flags, void *args)
{
    return syscall(SYS_seccomp, operation, flags, args);
}

static long filter(unsigned flags, unsigned short len, struct sock_filter *code)
{
    return seccomp(SECCOMP_SET_MODE_FILTER, flags, &(struct sock_fprog){len, code});
}

/* One call gets the action, all others pass. */
static long filter_call(unsigned flags, unsigned nr, unsigned action)
{
    struct sock_filter code[] = {LOAD(FIELD(nr)), UNLESS(nr, 1), RETURN(action),
                                 RETURN(SECCOMP_RET_ALLOW)};

    return filter(flags, ARRAY_SIZE(code), code);
}

static void in_child(const char *what, void (*run)(void))
{
    int status;

    fflush(stdout);
    if (!MUST(fork())) {
        run();
        _exit(0);
    }
    MUST(wait(&status));
    if (WIFSIGNALED(status))
        SAY("%s: signal %d", what, WTERMSIG(status));
    else
        SAY("%s: exit %d", what, WEXITSTATUS(status));
}

static void available(void)
{
    static const unsigned actions[] = {
        SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,  SECCOMP_RET_ERRNO,
        SECCOMP_RET_TRACE,        SECCOMP_RET_LOG,         SECCOMP_RET_ALLOW, 0x12340000};

    for (unsigned i = 0; i < ARRAY_SIZE(actions); i++)
        SHOW(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, (void *)&actions[i]));
    SHOW(seccomp(SECCOMP_GET_ACTION_AVAIL, 1, (void *)&actions[0]));
    SHOW(seccomp(99, 0, NULL));
    SHOW(prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
    SHOW(prctl(PR_SET_SECCOMP, 3, 0, 0, 0));
}

static void refused(void)
{
    struct sock_filter far[] = {BPF_STMT(BPF_JMP | BPF_JA, 1), RETURN(SECCOMP_RET_ALLOW)};
    struct sock_filter endless[] = {LOAD(0)};
    struct sock_filter unaligned[] = {LOAD(2), RETURN(SECCOMP_RET_ALLOW)};
    struct sock_filter beyond[] = {LOAD(sizeof(struct seccomp_data)), RETURN(SECCOMP_RET_ALLOW)};
    struct sock_filter packet[] = {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
                                   RETURN(SECCOMP_RET_ALLOW)};
    struct sock_filter division[] = {BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0),
                                     RETURN(SECCOMP_RET_ALLOW)};
    struct sock_filter memory[] = {BPF_STMT(BPF_ST, 16), RETURN(SECCOMP_RET_ALLOW)};

    SHOW(seccomp(SECCOMP_SET_MODE_FILTER, 0, NULL));
    SHOW(seccomp(SECCOMP_SET_MODE_FILTER, 1 << 20, NULL));
    SHOW(filter(0, 0, far));
    SHOW(filter(0, 5000, far));
    SHOW(filter(0, 2, NULL));
    SHOW(filter(0, ARRAY_SIZE(far), far));
    SHOW(filter(0, ARRAY_SIZE(endless), endless));
    SHOW(filter(0, ARRAY_SIZE(unaligned), unaligned));
    SHOW(filter(0, ARRAY_SIZE(beyond), beyond));
    SHOW(filter(0, ARRAY_SIZE(packet), packet));
    SHOW(filter(0, ARRAY_SIZE(division), division));
    SHOW(filter(0, ARRAY_SIZE(memory), memory));
    SHOW(prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

static void *in_thread(void *unused)
{
    SHOW(syscall(SYS_getppid));
    return unused;
}

static void show_status(void)
{
    char line[128];
    FILE *status = fopen("/proc/self/status", "r");

    while (fgets(line, sizeof(line), status)) {
        if (!strncmp(line, "Seccomp", 7))
            SAY("%.*s", (int)strcspn(line, "\n"), line);
    }
    fclose(status);
}

static void errors(void)
{
    pthread_t thread;

    SHOW(filter_call(0, SYS_getppid, SECCOMP_RET_ERRNO | EACCES));
    SHOW(prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
    SHOW(syscall(SYS_getppid));
    CHECK(getpid() > 0);
    CHECK(!pthread_create(&thread, NULL, in_thread, NULL) && !pthread_join(thread, NULL));
    SHOW(filter_call(0, SYS_getppid, SECCOMP_RET_ERRNO | EBUSY)); /* the newest of equals */
    SHOW(syscall(SYS_getppid));
    SHOW(filter_call(0, SYS_getppid, SECCOMP_RET_LOG)); /* does not loosen it */
    SHOW(syscall(SYS_getppid));
    SHOW(filter_call(0, SYS_getsid, SECCOMP_RET_ERRNO | 0)); /* done, it says */
    SHOW(syscall(SYS_getsid, 0));
    SHOW(filter_call(0, SYS_getpgid, SECCOMP_RET_TRACE));
    SHOW(syscall(SYS_getpgid, 0));
    SHOW(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0));
    show_status();
    in_child("its child", (void (*)(void))in_thread);
}

/* Of the arguments, by all kinds of instructions: lseek is refused when (whence * 3 + 1) is 4 and
 * the offset has a high half. */
static void arguments(void)
{
    struct sock_filter code[] = {
        LOAD(FIELD(arch)),
        UNLESS(AUDIT_ARCH_X86_64, 14),
        LOAD(FIELD(nr)),
        UNLESS(SYS_lseek, 12),
        LOAD(FIELD(args[2])),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_ST, 3),
        BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 1),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1),
        UNLESS(4, 5),
        LOAD(FIELD(args[1]) + 4),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0, 0, 3),
        BPF_STMT(BPF_LD | BPF_MEM, 3),
        BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO | 12),
        BPF_STMT(BPF_RET | BPF_A, 0),
        RETURN(SECCOMP_RET_ALLOW),
    };
    int fd = file_with("file", "0123456789");

    SHOW(filter(0, ARRAY_SIZE(code), code));
    SHOW(lseek(fd, 3, SEEK_SET));
    SHOW(lseek(fd, 3, SEEK_CUR));
    SHOW(lseek(fd, 1L << 32, SEEK_CUR)); /* errno 12 | 1 */
    SHOW(lseek(fd, 1L << 32, SEEK_SET));
}

static void on_trap(int signal, siginfo_t *info, void *context UNUSED)
{
    SAY("signal %d, code %d, errno %d, call %s, arch %s", signal, info->si_code, info->si_errno,
        info->si_syscall == SYS_getppid ? "getppid" : "another",
        info->si_arch == AUDIT_ARCH_X86_64 ? "x86-64" : "another");
}

static void traps(void)
{
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};

    MUST(sigaction(SIGSYS, &action, NULL));
    SHOW(filter_call(0, SYS_getppid, SECCOMP_RET_TRAP | 77));
    CHECK(syscall(SYS_getppid) == SYS_getppid); /* as it was in the register */
    CHECK(syscall(SYS_getppid) == SYS_getppid);
    signal(SIGSYS, SIG_IGN);
    syscall(SYS_getppid);
    SAY("an ignored trap did not end it");
}

static void killed(void)
{
    MUST(filter_call(0, SYS_getppid, SECCOMP_RET_KILL_PROCESS));
    syscall(SYS_getppid);
}

static void *kill_thread(void *unused)
{
    MUST(filter_call(0, SYS_getppid, SECCOMP_RET_KILL_THREAD));
    syscall(SYS_getppid);
    SAY("not killed");
    return unused;
}

static void thread_killed(void)
{
    pthread_t thread;

    CHECK(!pthread_create(&thread, NULL, kill_thread, NULL) && !pthread_join(thread, NULL));
    SAY("the others live");
    kill_thread(NULL);
}

static void strict(void)
{
    SHOW(seccomp(SECCOMP_SET_MODE_STRICT, 1, NULL));
    SHOW(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL));
    CHECK(write(1, "written\n", 8) == 8);
    syscall(SYS_exit, 5);
}

static void strict_killed(void)
{
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0));
    syscall(SYS_getppid);
}

static int go_on;

static void *waits(void *unused)
{
    while (!__atomic_load_n(&go_on, __ATOMIC_SEQ_CST))
        sched_yield();
    SHOW(syscall(SYS_getppid));
    return unused;
}

static void all_threads(void)
{
    pthread_t thread;

    CHECK(!pthread_create(&thread, NULL, waits, NULL));
    SHOW(filter_call(SECCOMP_FILTER_FLAG_TSYNC, SYS_getppid, SECCOMP_RET_ERRNO | EIO));
    __atomic_store_n(&go_on, 1, __ATOMIC_SEQ_CST);
    CHECK(!pthread_join(thread, NULL));
}

static void over_exec(void)
{
    char *argv[] = {"seccomp", "again", NULL};

    SHOW(filter_call(0, SYS_getppid, SECCOMP_RET_ERRNO | ENOMSG));
    execv("/proc/self/exe", argv);
}

static void without_right(void)
{
    if (geteuid() == 0 && setresuid(65534, 65534, 65534))
        exit(COMPAT_FAILED);
    SHOW(filter_call(0, SYS_getppid, SECCOMP_RET_ALLOW));
    SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    SHOW(filter_call(0, SYS_getppid, SECCOMP_RET_ALLOW));
}

int main(int argc, char **argv UNUSED)
{
    if (argc > 1) {
        SHOW(syscall(SYS_getppid));
        return 3;
    }
    if (geteuid() == 0)
        in_child("without the right", without_right);
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    available();
    refused();
    in_child("errors", errors);
    in_child("arguments", arguments);
    in_child("traps", traps);
    in_child("killed", killed);
    in_child("a thread killed", thread_killed);
    in_child("strict", strict);
    in_child("strict, killed", strict_killed);
    in_child("all threads", all_threads);
    in_child("over exec", over_exec);
    errors(); /* not forked, beside its children before */
    return 0;
}
