// sources: runtime-c/entry/insn.c runtime-c/entry/unwind.c runtime-c/entry/flow.c runtime-c/entry/sites.c runtime-c/entry/vectors.c runtime-c/entry/thunk.c runtime-c/entry/patch.c runtime-c/entry/shared_text.c runtime-c/entry/text.c runtime-c/entry/site_cache.c runtime-c/memory/arena.c runtime-c/memory/node.c runtime-c/memory/slot.c runtime-c/memory/account.c runtime-c/memory/ranges.c runtime-c/base/lock.c runtime-c/base/undo.c runtime-c/base/log.c runtime-c/base/uaccess.S
/*
 * The C library that this test itself runs on is patched, as a program's would be, and used: files,
 * pipes, sockets, memory, processes. Calls must arrive at the entry and do what they did before.
 */
#include "check.h"
#include "entry/text.h"
#include "fake_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

/* The text of the C library in this process; the file behind it in *fd. */
static bool find_libc(u64 *start, u64 *end, u64 *offset, int *fd)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512], path[256], prot[8];
    bool found = false;

    while (!found && fgets(line, sizeof(line), maps))
        found =
            sscanf(line, "%lx-%lx %7s %lx %*s %*s %255s", start, end, prot, offset, path) == 5 &&
            prot[2] == 'x' &&
            (strstr(path, "/libc.so") || strstr(path, "/libc-") || strstr(path, "/ld-musl"));
    fclose(maps);
    *fd = found ? open(path, O_RDONLY) : -1;
    return *fd >= 0;
}

static u64 entered(void)
{
    return fake_live_calls + fake_dead_calls;
}

/* Runs test() and reports whether it succeeded with at least `calls` calls through the entry. */
static void run(const char *name, bool (*test)(void), u64 calls)
{
    u64 before = entered();
    bool passed = test();

    calls = entered() - before >= calls;
    check(passed && calls, "%s%s", name, calls ? "" : " (did not come through the entry)");
}

static bool test_pipe(void)
{
    int fds[2];
    char text[6] = "";
    struct iovec iov[2] = {{"he", 2}, {"llo", 3}};

    return !pipe(fds) && writev(fds[1], iov, 2) == 5 && read(fds[0], text, sizeof(text)) == 5 &&
           !memcmp(text, "hello", 5) && !close(fds[0]) && !close(fds[1]);
}

static bool test_errno(void)
{
    errno = 0;
    return read(-1, NULL, 0) == -1 && errno == EBADF && open("/nonexistent", O_RDONLY) == -1 &&
           errno == ENOENT;
}

static bool test_file(void)
{
    char path[] = "patched-XXXXXX";
    int fd = mkstemp(path);
    struct stat st;
    char text[4];
    bool ok = fd >= 0 && pwrite(fd, "abcd", 4, 8) == 4 && !fstat(fd, &st) && st.st_size == 12 &&
              lseek(fd, 8, SEEK_SET) == 8 && read(fd, text, 4) == 4 && !memcmp(text, "abcd", 4) &&
              !fsync(fd) && fcntl(fd, F_GETFD) >= 0;

    close(fd);
    return !unlink(path) && ok;
}

static bool test_socket(void)
{
    int fds[2];
    struct msghdr message = {.msg_iov = &(struct iovec){"x", 1}, .msg_iovlen = 1};
    char byte = 0;
    struct pollfd poll_fd;
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(0);
    bool ok = !socketpair(AF_UNIX, SOCK_STREAM, 0, fds) &&
              !epoll_ctl(epoll, EPOLL_CTL_ADD, fds[1], &event) &&
              !epoll_wait(epoll, &event, 1, 0) && sendmsg(fds[0], &message, 0) == 1 &&
              epoll_wait(epoll, &event, 1, -1) == 1;

    poll_fd = (struct pollfd){fds[1], POLLIN, 0};
    ok = ok && poll(&poll_fd, 1, -1) == 1 && recv(fds[1], &byte, 1, 0) == 1 && byte == 'x' &&
         send(fds[1], "y", 1, 0) == 1 && recvfrom(fds[0], &byte, 1, 0, NULL, NULL) == 1 &&
         byte == 'y';
    return !close(fds[0]) && !close(fds[1]) && !close(epoll) && ok;
}

static bool test_memory(void)
{
    char *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *block = malloc(64 << 20);

    memory[5] = 1;
    free(block);
    return block && !mprotect(memory, 4096, PROT_READ) &&
           !madvise(memory, 1 << 20, MADV_DONTNEED) && !munmap(memory, 1 << 20);
}

static bool test_sleep(void)
{
    struct timespec moment = {0, 1000};

    return !nanosleep(&moment, NULL) && !clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
}

static bool test_syscall_function(void)
{
    return syscall(SYS_getpid) == getpid() && syscall(SYS_close, -1) == -1 && errno == EBADF;
}

static bool test_fork(void)
{
    int status = 0;
    pid_t child = fork();

    if (!child)
        _exit(test_pipe() ? 7 : 8);
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

/* Not posix_spawn: its child starts on a stack of its own, which the stand-in for the entry does
 * not know. */
static bool test_exec(void)
{
    char text[8] = "";
    int fds[2], status = 1;
    bool ok = !pipe(fds);
    pid_t child = fork();

    if (!child) {
        dup2(fds[1], 1);
        execl("/bin/echo", "echo", "through", NULL);
        _exit(1);
    }
    ok = ok && read(fds[0], text, 8) == 8 && !memcmp(text, "through\n", 8);
    close(fds[0]);
    close(fds[1]);
    return waitpid(child, &status, 0) == child && !status && ok;
}

static bool test_mask(void)
{
    sigset_t set, old;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    return !sigprocmask(SIG_BLOCK, &set, NULL) && !raise(SIGUSR1) && !sigpending(&old) &&
           sigismember(&old, SIGUSR1) && signal(SIGUSR1, SIG_IGN) != SIG_ERR &&
           !sigprocmask(SIG_UNBLOCK, &set, &old);
}

int main(void)
{
    u64 start, end, offset;
    int fd;

    setvbuf(stdout, NULL, _IONBF, 0);
    if (!find_libc(&start, &end, &offset, &fd)) {
        printf("skip: linked statically\n");
        return 77;
    }
    fake_entry_arm();
    bp_text_patch(bp_slot_create(), start, end - start, PROT_READ | PROT_EXEC, fd, offset);
    run("pipe, writev, read, close", test_pipe, 5);
    run("errno", test_errno, 2);
    run("files", test_file, 8);
    run("sockets, epoll, poll", test_socket, 13);
    run("memory", test_memory, 6);
    run("sleeping", test_sleep, 2);
    run("syscall()", test_syscall_function, 3);
    run("fork, wait", test_fork, 2);
    run("exec", test_exec, 4);
    run("signal masks", test_mask, 5);
    check(fake_dead_calls > 20,
          "%lu calls came from sites without live vector registers, %lu from others",
          fake_dead_calls, fake_live_calls);
    return failures ? 1 : 0;
}
