// sources: runtime-c/linux/systable.c runtime-c/linux/trace*.c runtime-c/base/log.c runtime-c/base/lock.c runtime-c/base/undo.c runtime-c/base/uaccess.S
/*
 * The tracer against strace(1): a child makes real calls and traces them itself while strace
 * watches; both must print the same.
 */
#include "base/host.h"
#include "check.h"
#include "linux/trace.h"
#include "uaccess_faults.h"

#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

enum {
    OWN_FD = 1000 /* what the child writes its own lines to */
};
#define OWN_FILE "own.trace"
#define STRACE_FILE "strace.trace"

/* ---- the child ---- */

static long traced(u64 nr, const u64 *args)
{
    struct bp_trace_call call;
    long ret;

    bp_trace_enter(&call, "child", 1, nr, args);
    ret = bp_host(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
    bp_trace_exit(&call, ret);
    return ret;
}

#define CALL(name, ...) traced(BP_NR_##name, (const u64[6]){__VA_ARGS__})
#define P(...) ((u64)(__VA_ARGS__))
#define FLAG(value) ((u64)(u32)(value))

static char buf[4096];

static void call_files(void)
{
    struct iovec out[2] = {{"ab", 2}, {"cde", 3}}, in[2] = {{buf, 3}, {buf + 3, 10}};
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
    struct stat st;
    int pair[2], left;
    long fd;

    CALL(pipe2, P(pair), O_CLOEXEC | O_NONBLOCK);
    CALL(write, FLAG(pair[1]), P("hello\n\0\001x\0011\377\"\\"), 14);
    CALL(ioctl, FLAG(pair[0]), FIONREAD, P(&left));
    CALL(read, FLAG(pair[0]), P(buf), 64);
    CALL(read, FLAG(pair[0]), P(buf), 64);
    CALL(write, FLAG(pair[1]), P("0123456789012345678901234567890123456789"), 40);
    CALL(write, 99, 8, 5);
    CALL(writev, FLAG(pair[1]), P(out), 2);
    CALL(readv, FLAG(pair[0]), P(in), 2);
    CALL(ioctl, FLAG(pair[0]), FIONBIO, P(&(int){1}));
    CALL(ioctl, FLAG(pair[0]), FIOCLEX);
    CALL(ioctl, FLAG(pair[0]), TCGETS, P(buf));
    fd = CALL(openat, FLAG(AT_FDCWD), P("/etc/passwd"), O_RDONLY | O_CLOEXEC);
    CALL(fcntl, P(fd), F_GETFL);
    CALL(fcntl, P(fd), F_SETFL, O_NONBLOCK | O_APPEND);
    CALL(fcntl, P(fd), F_GETFD);
    CALL(fcntl, P(fd), F_SETFD, 0);
    CALL(fcntl, P(fd), F_GETFD);
    CALL(fcntl, P(fd), F_DUPFD_CLOEXEC, 10);
    CALL(fstat, P(fd), P(&st));
    CALL(lseek, P(fd), 10, SEEK_SET);
    CALL(lseek, P(fd), P(-1), SEEK_END);
    CALL(flock, P(fd), LOCK_EX | LOCK_NB);
    CALL(close, P(fd));
    CALL(close, P(fd));
    fd = CALL(open, P("made"), O_RDWR | O_CREAT | O_EXCL | O_TRUNC | O_SYNC, 0640);
    CALL(fcntl, P(fd), F_SETLK, P(&lock));
    CALL(ftruncate, P(fd), 4096);
    CALL(fallocate, P(fd), 0, 0, 8192);
    CALL(fsync, P(fd));
    CALL(pwrite64, P(fd), P("abc"), 3, 5);
    CALL(pread64, P(fd), P(buf), 10, 0);
    CALL(openat, FLAG(AT_FDCWD), P("."), O_TMPFILE | O_RDWR, 0600);
    CALL(open, 8, O_RDONLY);
    CALL(openat, FLAG(AT_FDCWD), P("/nonexistent/that/is/longer/than/thirty/two/characters"),
         O_WRONLY);
    CALL(stat, P("/dev/null"), P(&st));
    CALL(lstat, P("made"), P(&st));
    CALL(newfstatat, FLAG(AT_FDCWD), P("gone"), P(&st), AT_SYMLINK_NOFOLLOW);
    CALL(access, P("made"), R_OK | W_OK);
    CALL(access, P("gone"), F_OK);
    CALL(mkdir, P("dir"), 0755);
    CALL(chmod, P("dir"), 0700);
    CALL(rename, P("made"), P("dir/made"));
    CALL(unlinkat, FLAG(AT_FDCWD), P("dir"), AT_REMOVEDIR);
    CALL(unlink, P("dir/made"));
    CALL(rmdir, P("dir"));
    CALL(readlink, P("/proc/self/exe"), P(buf), 7);
    CALL(getcwd, P(buf), sizeof(buf));
    CALL(umask, 022);
    CALL(umask, 0);
    CALL(dup2, FLAG(pair[0]), 50);
    CALL(memfd_create, P("name"), 1);
}

static void call_memory(void)
{
    u64 memory =
        P(CALL(mmap, 0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, FLAG(-1), 0));

    CALL(mprotect, memory, 4096, PROT_NONE);
    CALL(madvise, memory, 8192, MADV_DONTNEED);
    CALL(mremap, memory, 8192, 4096, MREMAP_MAYMOVE);
    CALL(msync, memory, 4096, MS_ASYNC);
    CALL(munmap, memory, 4096);
    CALL(munmap, memory + 1, 4096);
    CALL(brk, 0);
    CALL(mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_NORESERVE, 77, 0x1000);
}

static void call_sockets(void)
{
    struct sockaddr_in any = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {0}}, peer;
    struct sockaddr_in6 in6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = {{{0x20, 1, [15] = 1}}}};
    struct sockaddr_un un = {AF_UNIX, "/nonexistent/socket"}, abstract = {AF_UNIX, "\0bypassgen"};
    struct iovec piece = {"hello", 5}, room = {buf, 64};
    struct msghdr sent = {.msg_iov = &piece, .msg_iovlen = 1},
                  got = {.msg_iov = &room, .msg_iovlen = 1};
    struct linger linger = {1, 2};
    socklen_t len = sizeof(any);
    int one = 1, pair[2];
    long listener = CALL(socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client, server, fd;

    CALL(setsockopt, P(listener), SOL_SOCKET, SO_REUSEADDR, P(&one), 4);
    CALL(setsockopt, P(listener), IPPROTO_TCP, TCP_NODELAY, P(&one), 4);
    CALL(setsockopt, P(listener), SOL_SOCKET, SO_LINGER, P(&linger), 8);
    CALL(getsockopt, P(listener), SOL_SOCKET, SO_ERROR, P(&one), P(&(int){4}));
    CALL(bind, P(listener), P(&any), sizeof(any));
    CALL(listen, P(listener), 5);
    CALL(getsockname, P(listener), P(&any), P(&len));
    client = CALL(socket, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CALL(connect, P(client), P(&any), sizeof(any));
    server = CALL(accept4, P(listener), P(&peer), P(&len), SOCK_CLOEXEC);
    CALL(sendto, P(client), P("abc"), 3, MSG_NOSIGNAL | MSG_DONTWAIT);
    CALL(recvfrom, P(server), P(buf), 64, 0, 0, 0);
    CALL(recvfrom, P(server), P(buf), 64, MSG_DONTWAIT, 0, 0);
    CALL(shutdown, P(client), SHUT_WR);
    fd = CALL(socket, AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    CALL(bind, P(fd), P(&in6), sizeof(in6));
    fd = CALL(socket, AF_UNIX, SOCK_STREAM, 0);
    CALL(connect, P(fd), P(&un), sizeof(un));
    CALL(bind, P(fd), P(&abstract), 12);
    CALL(socketpair, AF_UNIX, SOCK_SEQPACKET, 0, P(pair));
    CALL(sendmsg, FLAG(pair[0]), P(&sent), MSG_NOSIGNAL);
    CALL(recvmsg, FLAG(pair[1]), P(&got), 0);
}

static void call_waiting(void)
{
    struct epoll_event event = {EPOLLIN | EPOLLET, {.u64 = 7}}, events[4];
    struct itimerspec timer = {{0, 0}, {5, 6}};
    struct timespec short_time = {0, 1000};
    struct pollfd fds[2];
    fd_set in, out;
    int pair[2], word = 1;
    long epoll;

    CALL(pipe, P(pair));
    epoll = CALL(epoll_create1, EPOLL_CLOEXEC);
    CALL(epoll_ctl, P(epoll), EPOLL_CTL_ADD, FLAG(pair[0]), P(&event));
    CALL(epoll_wait, P(epoll), P(events), 4, 0);
    CALL(write, FLAG(pair[1]), P("x"), 1);
    CALL(epoll_wait, P(epoll), P(events), 4, FLAG(-1));
    CALL(epoll_ctl, P(epoll), EPOLL_CTL_DEL, FLAG(pair[0]), 0);
    fds[0] = (struct pollfd){pair[0], POLLIN, 0};
    fds[1] = (struct pollfd){pair[1], POLLOUT | POLLHUP, 0};
    CALL(poll, P(fds), 2, FLAG(-1));
    fds[0].events = POLLPRI;
    CALL(poll, P(fds), 1, 0);
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(pair[0], &in);
    FD_SET(pair[1], &out);
    CALL(select, FLAG(pair[1] + 1), P(&in), P(&out), 0, P(&(struct timeval){0, 5}));
    FD_ZERO(&in);
    CALL(select, FLAG(pair[1] + 1), P(&in), 0, 0, P(&(struct timeval){0, 0}));
    CALL(eventfd2, 3, 1 | O_NONBLOCK);
    epoll = CALL(timerfd_create, CLOCK_MONOTONIC, O_NONBLOCK);
    CALL(timerfd_settime, P(epoll), 0, P(&timer), 0);
    CALL(futex, P(&word), FUTEX_WAKE_PRIVATE, 1);
    CALL(futex, P(&word), FUTEX_WAIT, 99, 0);
    CALL(futex, P(&word), FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 1, P(&short_time), 0,
         FLAG(-1));
    CALL(futex, P(&word), FUTEX_CMP_REQUEUE_PRIVATE, 1, INT32_MAX, P(&pair), 3);
    CALL(nanosleep, P(&short_time), 0);
    CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, P(&short_time), P(&short_time));
    CALL(clock_gettime, CLOCK_REALTIME, P(&short_time));
    CALL(clock_getres, CLOCK_MONOTONIC, P(&short_time));
}

static void call_processes(void)
{
    u64 ignore[4] = {1, 0x14000000, 0x1234, 1 << 1}, got[4], set = 1 << 1 | 1 << 14;
    struct rlimit limit;
    stack_t stack = {buf, 0, sizeof(buf)};

    CALL(rt_sigaction, SIGPIPE, P(ignore), 0, 8);
    CALL(rt_sigaction, SIGPIPE, 0, P(got), 8);
    CALL(rt_sigprocmask, SIG_BLOCK, P(&set), 0, 8);
    CALL(rt_sigprocmask, SIG_SETMASK, 0, P(&set), 8);
    set = UINT64_MAX;
    CALL(rt_sigprocmask, SIG_SETMASK, P(&set), 0, 8);
    CALL(rt_sigpending, P(&set), 8);
    CALL(sigaltstack, P(&stack), 0);
    CALL(kill, P(CALL(getpid)), 0);
    CALL(kill, FLAG(0x7ffffff), SIGTERM);
    CALL(gettid);
    CALL(getppid);
    CALL(prlimit64, 0, RLIMIT_NOFILE, 0, P(&limit));
    CALL(prlimit64, 0, RLIMIT_STACK, 0, P(&limit));
    CALL(prctl, PR_SET_NAME, P("renamed"));
    CALL(sched_yield);
    CALL(timer_delete, 77);
}

static int child(void)
{
    int fd = open(OWN_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (dup2(fd, OWN_FD) < 0)
        return 1;
    bp_trace_fd = OWN_FD;
    call_files();
    call_memory();
    call_sockets();
    call_waiting();
    call_processes();
    return 0;
}

/* ---- the comparison ---- */

/* strace aligns results at a column. */
static void close_up(char *line)
{
    char *at = strstr(line, ")  ");
    size_t spaces;

    while (at) {
        spaces = strspn(at + 1, " ");
        if (at[1 + spaces] == '=')
            break;
        at = strstr(at + 1, ")  ");
    }
    if (at)
        memmove(at + 2, at + 1 + spaces, strlen(at + 1 + spaces) + 1);
}

/* What the tracer itself does: writing lines, and recovering from addresses that cannot be read. */
static bool is_own(const char *line)
{
    char start[32];

    snprintf(start, sizeof(start), "write(%d,", OWN_FD);
    return !strncmp(line, start, strlen(start)) || !strncmp(line, "---", 3) ||
           !strncmp(line, "rt_sigreturn(", 13);
}

/* The calls that the child traced lie between this one and its exit. */
static void skip_start(FILE *file, char *line, int size)
{
    char start[32];

    snprintf(start, sizeof(start), ", %d)", OWN_FD);
    while (fgets(line, size, file)) {
        if (!strncmp(line, "dup2(", 5) && strstr(line, start))
            return;
    }
}

static void compare(void)
{
    static char ours[4096], theirs[4096];
    static const char start[] = "child[1] ";
    FILE *own = fopen(OWN_FILE, "r"), *strace = fopen(STRACE_FILE, "r");

    if (!check(own && strace, "both have traced"))
        return;
    skip_start(strace, theirs, sizeof(theirs));
    while (fgets(ours, sizeof(ours), own)) {
        do
            *theirs = '\0';
        while (fgets(theirs, sizeof(theirs), strace) && is_own(theirs));
        close_up(theirs);
        ours[strcspn(ours, "\n")] = theirs[strcspn(theirs, "\n")] = '\0';
        if (!check(!strcmp(ours + strlen(start), theirs), "%s", ours + strlen(start)))
            printf("FAIL strace: %s\n", theirs);
    }
    fclose(own);
    fclose(strace);
}

static int run_strace(void)
{
    char self[4096] = {0};
    int status;
    pid_t pid;

    if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
        return -1;
    pid = fork();
    if (!pid) {
        execlp("strace", "strace", "-qq", "-o", STRACE_FILE, self, "child", NULL);
        _exit(127);
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int argc, char **)
{
    catch_uaccess_faults();
    if (argc > 1)
        return child();
    if (run_strace()) {
        printf("strace is not installed, or may not trace here\n");
        return 77;
    }
    compare();
    return failures != 0;
}
