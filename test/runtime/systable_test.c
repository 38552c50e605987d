// sources: runtime-c/linux/systable.c
/*
 * The table of system calls: complete against the system's own list, and consistent in itself. What
 * becomes of each call is tested by what programs see (test/compat).
 */
#include "check.h"
#include "linux/systable.h"

#include <errno.h>
#include <string.h>

enum {
    LAST_CALL = 469 /* file_setattr, the last of Linux 6.18 */
};

/* ---- every number ---- */

static const struct {
    int nr;
    const char *name;
} lines[] = {
#define BP_EMULATED(nr, call, ...) {nr, #call},
#define BP_HOST(nr, call, ...) {nr, #call},
#define BP_HOST_AT(nr, call, ...) {nr, #call},
#define BP_REFUSED(nr, call, ...) {nr, #call},
#include "linux/syscalls.def"
#undef BP_EMULATED
#undef BP_HOST
#undef BP_HOST_AT
#undef BP_REFUSED
};

static void test_order(void)
{
    bool sorted = true, unique = true;

    for (size_t i = 1; i < ARRAY_SIZE(lines); i++) {
        sorted &= lines[i - 1].nr < lines[i].nr;
        for (size_t n = 0; n < i; n++)
            unique &= strcmp(lines[i].name, lines[n].name) != 0;
    }
    check(sorted, "numbers ascend");
    check(unique, "no name twice");
    check(lines[ARRAY_SIZE(lines) - 1].nr == LAST_CALL, "ends with the last call of Linux 6.18");
}

/* 337 to 423 are unused for good; all others up to the last exist. */
static void test_no_gaps(void)
{
    int missing = 0;

    for (int nr = 0; nr <= LAST_CALL; nr++)
        missing += (nr < 337 || nr > 423) && !bp_syscalls[nr].name;
    check(!missing, "no number is missing (%d are)", missing);
}

static FILE *open_headers(void)
{
    FILE *file = fopen("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "r");

    return file ? file : fopen("/usr/include/asm/unistd_64.h", "r");
}

static void test_against_headers(void)
{
    FILE *file = open_headers();
    char line[256], name[64];
    int nr, found = 0, wrong = 0;

    if (!file) {
        check(true, "no <asm/unistd_64.h> here to compare with");
        return;
    }
    while (fgets(line, sizeof(line), file)) {
        if (sscanf(line, "#define __NR_%63s %d", name, &nr) != 2 || nr > LAST_CALL)
            continue;
        found++;
        if (!bp_syscalls[nr].name || strcmp(bp_syscalls[nr].name, name))
            wrong += check(false, "%d is %s", nr, name) ? 0 : 1;
    }
    fclose(file);
    check(found > 300 && !wrong, "names and numbers of %d calls agree with <asm/unistd_64.h>",
          found);
}

/* ---- arguments ---- */

/* How many arguments calls have, as the kernel's tracing says
 * (events/syscalls/sys_enter_<name>/format). */
static const struct {
    int count;
    const char *names;
} prototypes[] = {
    {0, " rt_sigreturn sched_yield pause getpid fork vfork getuid getgid geteuid getegid "
        "getppid getpgrp setsid munlockall vhangup sync gettid restart_syscall inotify_init "
        "uretprobe uprobe "},
    {1, " close brk pipe dup alarm exit uname shmdt fsync fdatasync chdir fchdir rmdir unlink "
        "umask sysinfo times setuid setgid getpgid setfsuid setfsgid getsid uselib "
        "personality sched_getscheduler sched_get_priority_max sched_get_priority_min "
        "mlockall _sysctl adjtimex chroot acct swapoff iopl time io_destroy epoll_create "
        "set_tid_address timer_getoverrun timer_delete exit_group mq_unlink unshare eventfd "
        "epoll_create1 inotify_init1 syncfs userfaultfd pkey_free memfd_secret "},
    {2, " stat fstat lstat munmap access dup2 nanosleep getitimer shutdown listen kill msgget "
        "flock truncate ftruncate getcwd rename mkdir creat link symlink chmod fchmod "
        "gettimeofday getrlimit getrusage setpgid setreuid setregid getgroups setgroups "
        "capget capset rt_sigpending rt_sigsuspend sigaltstack utime ustat statfs fstatfs "
        "getpriority sched_setparam sched_getparam sched_rr_get_interval mlock munlock "
        "pivot_root arch_prctl setrlimit settimeofday umount2 swapon sethostname "
        "setdomainname delete_module removexattr lremovexattr fremovexattr tkill io_setup "
        "timer_gettime clock_settime clock_gettime clock_getres utimes mq_notify ioprio_get "
        "inotify_rm_watch set_robust_list timerfd_create timerfd_gettime eventfd2 pipe2 "
        "fanotify_init clock_adjtime setns memfd_create pkey_alloc io_uring_setup fsopen "
        "pidfd_open clone3 landlock_restrict_self process_mrelease "},
    {3, " read write open poll lseek mprotect ioctl readv writev msync mincore madvise shmget "
        "shmat shmctl setitimer socket connect accept sendmsg recvmsg bind getsockname "
        "getpeername execve semget semop msgctl fcntl getdents readlink chown fchown lchown "
        "syslog setresuid getresuid setresgid getresgid rt_sigqueueinfo mknod sysfs "
        "setpriority sched_setscheduler modify_ldt ioperm init_module readahead listxattr "
        "llistxattr flistxattr sched_setaffinity sched_getaffinity io_submit io_cancel "
        "lookup_dcookie getdents64 timer_create tgkill set_mempolicy mq_getsetattr ioprio_set "
        "inotify_add_watch mkdirat futimesat unlinkat symlinkat fchmodat faccessat "
        "get_robust_list signalfd dup3 open_by_handle_at getcpu finit_module sched_setattr "
        "seccomp getrandom bpf membarrier mlock2 open_tree fsmount fspick close_range "
        "pidfd_getfd landlock_create_ruleset map_shadow_stack lsm_list_modules mseal "},
    {4, " rt_sigaction rt_sigprocmask pread64 pwrite64 sendfile socketpair wait4 semctl msgsnd "
        "ptrace rt_sigtimedwait reboot quotactl getxattr lgetxattr fgetxattr semtimedop "
        "fadvise64 timer_settime clock_nanosleep epoll_wait epoll_ctl mq_open kexec_load "
        "request_key migrate_pages openat mknodat newfstatat renameat readlinkat tee "
        "sync_file_range vmsplice utimensat fallocate timerfd_settime accept4 signalfd4 "
        "rt_tgsigqueueinfo prlimit64 sendmmsg sched_getattr pkey_mprotect rseq "
        "pidfd_send_signal io_uring_register openat2 faccessat2 quotactl_fd landlock_add_rule "
        "set_mempolicy_home_node cachestat fchmodat2 futex_wake futex_requeue statmount "
        "listmount lsm_get_self_attr lsm_set_self_attr removexattrat "},
    {5, " select mremap setsockopt getsockopt clone msgrcv prctl mount setxattr lsetxattr "
        "fsetxattr io_getevents remap_file_pages get_mempolicy mq_timedsend mq_timedreceive "
        "waitid add_key keyctl fchownat linkat ppoll preadv pwritev perf_event_open recvmmsg "
        "fanotify_mark name_to_handle_at kcmp renameat2 kexec_file_load execveat statx "
        "move_mount fsconfig process_madvise mount_setattr futex_waitv listxattrat "
        "open_tree_attr file_getattr file_setattr "},
    {6, " mmap sendto recvfrom futex mbind pselect6 splice move_pages epoll_pwait "
        "process_vm_readv process_vm_writev copy_file_range preadv2 pwritev2 io_pgetevents "
        "io_uring_enter epoll_pwait2 futex_wait setxattrat getxattrat "},
};

static int count_of(const char *name)
{
    char word[64];

    snprintf(word, sizeof(word), " %s ", name);
    for (size_t i = 0; i < ARRAY_SIZE(prototypes); i++) {
        if (strstr(prototypes[i].names, word))
            return prototypes[i].count;
    }
    return -1;
}

static int count_args(const struct bp_syscall_info *info)
{
    int count = 0;

    while (count < BP_ARGS_MAX && info->args[count].type)
        count++;
    return count;
}

static void test_argument_counts(void)
{
    int compared = 0, wrong = 0;

    for (int nr = 0; nr <= LAST_CALL; nr++) {
        const struct bp_syscall_info *info = &bp_syscalls[nr];
        int expected = info->name ? count_of(info->name) : -1;

        if (expected < 0)
            continue;
        compared++;
        if (count_args(info) != expected)
            wrong += !check(false, "%s has %d arguments", info->name, expected);
    }
    check(!wrong && compared > 350, "arguments of %d calls are as many as the kernel's", compared);
}

/* ---- dispositions ---- */

static void test_refused(void)
{
    int wrong = 0;

    for (int nr = 0; nr <= LAST_CALL; nr++) {
        const struct bp_syscall_info *info = &bp_syscalls[nr];

        if (info->disposition == BP_CALL_REFUSED && (!info->error || strlen(info->reason) < 5))
            wrong += !check(false, "%s is refused with an error and a reason", info->name);
    }
    check(!wrong, "every refusal has its error and its reason");
}

static int count_type(const struct bp_syscall_info *info, int type)
{
    int count = 0;

    for (int i = 0; i < BP_ARGS_MAX; i++)
        count += info->args[i].type == type;
    return count;
}

static int count_paths(const struct bp_syscall_info *info)
{
    return count_type(info, BP_ARG_PATH) + count_type(info, BP_ARG_NAME);
}

/* A directory before each path, and one argument more at most: what the call at the host takes. */
static void test_host_at(void)
{
    int wrong = 0;

    for (int nr = 0; nr <= LAST_CALL; nr++) {
        const struct bp_syscall_info *info = &bp_syscalls[nr];
        int paths = count_paths(info), directories = count_type(info, BP_ARG_DIRFD);
        int given = count_args(info) + paths - directories;
        int taken = count_args(&bp_syscalls[info->host_nr]);

        if (info->disposition != BP_CALL_HOST_AT)
            continue;
        if (!paths || paths > 2 || directories > paths || given > taken || given + 1 < taken ||
            (given == taken && info->last))
            wrong += !check(false, "%s fits the call that the host gets", info->name);
    }
    check(!wrong, "calls with paths fit what the host gets");
}

/* Only HOST_AT translates paths; others would hand the program's directory to the host. */
static void test_host(void)
{
    int wrong = 0;

    for (int nr = 0; nr <= LAST_CALL; nr++) {
        const struct bp_syscall_info *info = &bp_syscalls[nr];
        bool host =
            info->disposition == BP_CALL_HOST_FAST || info->disposition == BP_CALL_HOST_SLOW;

        if (host && (count_paths(info) || count_type(info, BP_ARG_DIRFD) || info->host_nr != nr))
            wrong += !check(false, "%s takes no path", info->name);
        for (int i = 0; i < BP_ARGS_MAX; i++) {
            if (info->args[i].type == BP_ARG_MEM &&
                (i + 1 == BP_ARGS_MAX || info->args[i + 1].type != BP_ARG_SIZE))
                wrong += !check(false, "%s: a length follows the start of a range", info->name);
        }
    }
    check(!wrong, "calls handed to the host as they are take no paths");
}

int main(void)
{
    test_order();
    test_no_gaps();
    test_against_headers();
    test_argument_counts();
    test_refused();
    test_host_at();
    test_host();
    return failures != 0;
}
