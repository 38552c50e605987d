// sources: runtime-c/linux/systable.c runtime-c/linux/trace*.c runtime-c/base/log.c runtime-c/base/lock.c runtime-c/base/undo.c runtime-c/base/uaccess.S
/* Lines of the tracer: calls with given arguments, memory and results against the lines that strace
 * would print. */
#include "check.h"
#include "linux/trace.h"
#include "uaccess_faults.h"

#include <arpa/inet.h>
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
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
    TID = 4321
};
#define WILD 0x7000dead0000
#define P(thing) ((u64)(thing))

static int output[2];

/* What was written since the last look. */
static const char *written(void)
{
    static char text[16384];
    ssize_t len = read(output[0], text, sizeof(text) - 1);

    text[len > 0 ? len : 0] = '\0';
    return text;
}

/* ---- one call, one line ---- */

struct expectation {
    const char *line; /* behind "app[4321] " */
    int nr;
    long ret;
    u64 args[6];
};

static void test_lines(const struct expectation *cases, size_t count)
{
    static const char start[] = "app[4321] ";

    for (size_t i = 0; i < count; i++) {
        struct bp_trace_call call;
        const char *got;
        size_t len = strlen(cases[i].line);

        bp_trace_enter(&call, "app", TID, (u64)cases[i].nr, cases[i].args);
        if (bp_syscalls[cases[i].nr].returns != BP_RETURNS_NEVER)
            bp_trace_exit(&call, cases[i].ret);
        got = written();
        if (!check(!strncmp(got, start, strlen(start)) &&
                       !strncmp(got + strlen(start), cases[i].line, len) &&
                       !strcmp(got + strlen(start) + len, "\n"),
                   "%s", cases[i].line))
            printf("FAIL   got: %s", got);
    }
}
#define LINES(cases) test_lines(cases, ARRAY_SIZE(cases))

static void test_bytes_and_strings(void)
{
    char *edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char wild[64];
    const struct expectation cases[] = {
        {"read(5, \"*1\\r\\n$4\\r\\nPING\\r\\n\", 16384) = 14",
         BP_NR_read,
         14,
         {5, P("*1\r\n$4\r\nPING\r\n"), 16384}},
        {"read(5, \"\", 10) = 0", BP_NR_read, 0, {5, P("x"), 10}},
        {"read(5, 0x7000dead0000, 10) = -1 EAGAIN (Resource temporarily unavailable)",
         BP_NR_read,
         -EAGAIN,
         {5, WILD, 10}},
        {"read(5, 0x7000dead0000, 10) = 4", BP_NR_read, 4, {5, WILD, 10}},
        {"write(1, \"tab\\t vt\\v ff\\f quote\\\" back\\\\\", 25) = 25",
         BP_NR_write,
         25,
         {1, P("tab\t vt\v ff\f quote\" back\\"), 25}},
        {"write(1, \"\\0\\1\\0012\\33\\0339\\177\\377\", 9) = 9",
         BP_NR_write,
         9,
         {1, P("\0\1\0012\33\0339\177\377"), 9}},
        {"write(1, \"01234567890123456789012345678901\", 32) = 32",
         BP_NR_write,
         32,
         {1, P("01234567890123456789012345678901"), 32}},
        {"write(1, \"01234567890123456789012345678901\"..., 33) = 33",
         BP_NR_write,
         33,
         {1, P("012345678901234567890123456789012"), 33}},
        {"write(1, NULL, 5) = -1 EFAULT (Bad address)", BP_NR_write, -EFAULT, {1, 0, 5}},
        {"write(1, \"\", 0) = 0", BP_NR_write, 0, {1, P("x"), 0}},
        {"write(-1, \"x\", 1) = -1 EBADF (Bad file descriptor)",
         BP_NR_write,
         -EBADF,
         {(u32)-1, P("x"), 1}},
        {"pread64(3, \"ab\", 2, 4096) = 2", BP_NR_pread64, 2, {3, P("ab"), 2, 4096}},
        {"chdir(\"/a/path/that/is/longer/than/thirty-two/bytes\") = 0",
         BP_NR_chdir,
         0,
         {P("/a/path/that/is/longer/than/thirty-two/bytes")}},
        {"chdir(NULL) = -1 EFAULT (Bad address)", BP_NR_chdir, -EFAULT, {0}},
        {"memfd_create(\"01234567890123456789012345678901\"..., MFD_CLOEXEC) = 4",
         BP_NR_memfd_create,
         4,
         {P("012345678901234567890123456789012"), 1}},
        {"getcwd(\"/tmp\", 100) = 5", BP_NR_getcwd, 5, {P("/tmp"), 100}},
        {"readlink(\"l\", \"target\", 64) = 6",
         BP_NR_readlink,
         6,
         {P("l"), P("target/not this"), 64}},
        {"getxattr(\"f\", \"user.a\", NULL, 0) = 17",
         BP_NR_getxattr,
         17,
         {P("f"), P("user.a"), 0, 0}},
    };

    LINES(cases);
    munmap(edge + 4096, 4096);
    memcpy(edge + 4092, "abcd", 4);
    snprintf(wild, sizeof(wild), "write(1, %p, 5) = -1 EFAULT (Bad address)",
             (void *)(edge + 4092));
    LINES(((struct expectation[]){
        {"write(1, \"abcd\", 4) = 4", BP_NR_write, 4, {1, P(edge + 4092), 4}},
        {wild, BP_NR_write, -EFAULT, {1, P(edge + 4092), 5}},
    }));
    snprintf(wild, sizeof(wild), "chdir(%p) = -1 EFAULT (Bad address)", (void *)(edge + 4092));
    LINES(((struct expectation[]){{wild, BP_NR_chdir, -EFAULT, {P(edge + 4092)}}}));
    munmap(edge, 4096);
}

static void test_files(void)
{
    struct stat file = {.st_mode = S_IFREG | 0644, .st_size = 1327};
    struct stat device = {.st_mode = S_IFCHR | 0666, .st_rdev = 0x103};
    struct statx statx = {
        .stx_mask = STATX_BASIC_STATS, .stx_mode = S_IFDIR | 0755, .stx_size = 40};
    struct open_how how = {O_RDONLY | O_CLOEXEC, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 10};
    struct timespec times[2] = {{1, 2}, {3, 4}};
    struct iovec pieces[2] = {{(void *)"ab", 2}, {(void *)"cdexyz", 6}};
    int fds[2] = {3, 4}, left = 14;
    s64 offset = 100;
    const struct expectation cases[] = {
        {"open(\"/x\", O_RDONLY) = 3", BP_NR_open, 3, {P("/x"), 0, 0777}},
        {"open(\"/x\", O_WRONLY|O_CREAT|O_TRUNC|O_SYNC, 0644) = 3",
         BP_NR_open,
         3,
         {P("/x"), O_WRONLY | O_CREAT | O_TRUNC | O_SYNC, 0644}},
        {"openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC) = 5",
         BP_NR_openat,
         5,
         {(u64)AT_FDCWD, P("/etc/passwd"), O_CLOEXEC, 0}},
        {"openat(7, \".\", O_RDWR|O_TMPFILE, 0600) = 8",
         BP_NR_openat,
         8,
         {7, P("."), O_TMPFILE | O_RDWR, 0600}},
        {"openat(7, \".\", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = -1 ENOTDIR (Not a "
         "directory)",
         BP_NR_openat,
         -ENOTDIR,
         {7, P("."), O_NONBLOCK | O_DIRECTORY | O_CLOEXEC, 0600}},
        {"openat2(AT_FDCWD, \"f\", {flags=O_RDONLY|O_CLOEXEC, mode=000, "
         "resolve=RESOLVE_NO_SYMLINKS|RESOLVE_BENEATH}, 24) = 3",
         BP_NR_openat2,
         3,
         {(u32)AT_FDCWD, P("f"), P(&how), 24}},
        {"close(3) = 0", BP_NR_close, 0, {3}},
        {"fstat(3, {st_mode=S_IFREG|0644, st_size=1327, ...}) = 0", BP_NR_fstat, 0, {3, P(&file)}},
        {"stat(\"/dev/null\", {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}) = 0",
         BP_NR_stat,
         0,
         {P("/dev/null"), P(&device)}},
        {"newfstatat(AT_FDCWD, \"x\", 0x7000dead0000, AT_SYMLINK_NOFOLLOW) = -1 ENOENT (No such "
         "file or "
         "directory)",
         BP_NR_newfstatat,
         -ENOENT,
         {(u64)AT_FDCWD, P("x"), WILD, AT_SYMLINK_NOFOLLOW}},
        {"statx(3, \"\", AT_STATX_SYNC_AS_STAT|AT_EMPTY_PATH, STATX_BASIC_STATS, "
         "{stx_mask=STATX_BASIC_STATS, stx_attributes=0, stx_mode=S_IFDIR|0755, stx_size=40, ...}) "
         "= 0",
         BP_NR_statx,
         0,
         {3, P(""), AT_EMPTY_PATH, STATX_BASIC_STATS, P(&statx)}},
        {"lseek(3, -5, SEEK_END) = 95", BP_NR_lseek, 95, {3, (u64)-5, SEEK_END}},
        {"lseek(3, 0, 0x9 /* SEEK_??? */) = -1 EINVAL (Invalid argument)",
         BP_NR_lseek,
         -EINVAL,
         {3, 0, 9}},
        {"access(\"/tmp\", F_OK) = 0", BP_NR_access, 0, {P("/tmp"), F_OK}},
        {"access(\"/tmp\", R_OK|W_OK) = 0", BP_NR_access, 0, {P("/tmp"), R_OK | W_OK}},
        {"mkdir(\"d\", 0755) = -1 EEXIST (File exists)", BP_NR_mkdir, -EEXIST, {P("d"), 0755}},
        {"unlinkat(AT_FDCWD, \"d\", AT_REMOVEDIR) = 0",
         BP_NR_unlinkat,
         0,
         {(u64)AT_FDCWD, P("d"), AT_REMOVEDIR}},
        {"renameat2(AT_FDCWD, \"a\", 3, \"b\", RENAME_NOREPLACE) = 0",
         BP_NR_renameat2,
         0,
         {(u64)AT_FDCWD, P("a"), 3, P("b"), 1}},
        {"umask(022) = 077", BP_NR_umask, 077, {022}},
        {"umask(000) = 000", BP_NR_umask, 0, {0}},
        {"flock(5, LOCK_EX|LOCK_NB) = 0", BP_NR_flock, 0, {5, LOCK_EX | LOCK_NB}},
        {"fcntl(5, F_GETFL) = 0x8402 (flags O_RDWR|O_APPEND|O_LARGEFILE)",
         BP_NR_fcntl,
         0x8402,
         {5, F_GETFL, 77}},
        {"fcntl(5, F_SETFL, O_RDONLY|O_NONBLOCK) = 0", BP_NR_fcntl, 0, {5, F_SETFL, O_NONBLOCK}},
        {"fcntl(5, F_GETFD) = 0x1 (flags FD_CLOEXEC)", BP_NR_fcntl, 1, {5, F_GETFD}},
        {"fcntl(5, F_GETFD) = 0", BP_NR_fcntl, 0, {5, F_GETFD}},
        {"fcntl(5, F_SETFD, FD_CLOEXEC) = 0", BP_NR_fcntl, 0, {5, F_SETFD, FD_CLOEXEC}},
        {"fcntl(5, F_DUPFD_CLOEXEC, 10) = 11", BP_NR_fcntl, 11, {5, F_DUPFD_CLOEXEC, 10}},
        {"fcntl(5, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=5, l_len=10}) = 0",
         BP_NR_fcntl,
         0,
         {5, 6, P(&lock)}},
        {"ioctl(3, FIONREAD, [14]) = 0", BP_NR_ioctl, 0, {3, FIONREAD, P(&left)}},
        {"ioctl(3, FIOCLEX) = 0", BP_NR_ioctl, 0, {3, FIOCLEX, 9}},
        {"ioctl(3, 0xdeadbeef, 0x9) = -1 ENOTTY (Inappropriate ioctl for device)",
         BP_NR_ioctl,
         -ENOTTY,
         {3, 0xdeadbeef, 9}},
        {"utimensat(AT_FDCWD, \"f\", [{tv_sec=1, tv_nsec=2}, {tv_sec=3, tv_nsec=4}], 0) = 0",
         BP_NR_utimensat,
         0,
         {(u64)AT_FDCWD, P("f"), P(times), 0}},
        {"utimensat(4, NULL, NULL, 0) = 0", BP_NR_utimensat, 0, {4, 0, 0, 0}},
        {"writev(1, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"cdexyz\", iov_len=6}], 2) = 8",
         BP_NR_writev,
         8,
         {1, P(pieces), 2}},
        {"readv(0, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"cde\", iov_len=6}], 2) = 5",
         BP_NR_readv,
         5,
         {0, P(pieces), 2}},
        {"readv(0, [], 0) = 0", BP_NR_readv, 0, {0, P(pieces), 0}},
        {"readv(0, 0x7000dead0000, 2) = -1 EFAULT (Bad address)",
         BP_NR_readv,
         -EFAULT,
         {0, WILD, 2}},
        {"pipe2([3, 4], O_NONBLOCK|O_CLOEXEC) = 0",
         BP_NR_pipe2,
         0,
         {P(fds), O_NONBLOCK | O_CLOEXEC}},
        {"pipe2(0x7000dead0000, 0) = -1 EFAULT (Bad address)", BP_NR_pipe2, -EFAULT, {WILD, 0}},
        {"sendfile(1, 3, [100], 4096) = 4096", BP_NR_sendfile, 4096, {1, 3, P(&offset), 4096}},
        {"inotify_add_watch(3, \"d\", IN_CREATE|IN_DELETE) = 1",
         BP_NR_inotify_add_watch,
         1,
         {3, P("d"), IN_CREATE | IN_DELETE}},
        {"fallocate(3, FALLOC_FL_KEEP_SIZE, 0, 4096) = 0", BP_NR_fallocate, 0, {3, 1, 0, 4096}},
    };

    LINES(cases);
}

static void test_memory(void)
{
    const struct expectation cases[] = {
        {"mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
         "0x7f75da388000",
         BP_NR_mmap,
         0x7f75da388000,
         {0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, (u32)-1, 0}},
        {"mmap(0x10000, 4096, PROT_NONE, MAP_SHARED|MAP_FIXED, 3, 0x1000) = -1 EPERM (Operation "
         "not "
         "permitted)",
         BP_NR_mmap,
         -EPERM,
         {0x10000, 4096, PROT_NONE, MAP_SHARED | MAP_FIXED, 3, 0x1000}},
        {"mprotect(0x10000, 4096, PROT_READ|PROT_EXEC|0x100) = 0",
         BP_NR_mprotect,
         0,
         {0x10000, 4096, PROT_READ | PROT_EXEC | 0x100}},
        {"mprotect(0x10000, 4096, 0x100 /* PROT_??? */) = 0",
         BP_NR_mprotect,
         0,
         {0x10000, 4096, 0x100}},
        {"munmap(0x10000, 4096) = 0", BP_NR_munmap, 0, {0x10000, 4096}},
        {"brk(NULL) = 0x555555559000", BP_NR_brk, 0x555555559000, {0}},
        {"mremap(0x10000, 8192, 4096, MREMAP_MAYMOVE) = 0x10000",
         BP_NR_mremap,
         0x10000,
         {0x10000, 8192, 4096, MREMAP_MAYMOVE, 7}},
        {"mremap(0x10000, 8192, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x20000) = 0x20000",
         BP_NR_mremap,
         0x20000,
         {0x10000, 8192, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, 0x20000}},
        {"madvise(0x10000, 8192, MADV_DONTNEED) = 0",
         BP_NR_madvise,
         0,
         {0x10000, 8192, MADV_DONTNEED}},
        {"msync(0x10000, 8192, MS_SYNC) = 0", BP_NR_msync, 0, {0x10000, 8192, MS_SYNC}},
    };

    LINES(cases);
}

static void test_sockets(void)
{
    struct sockaddr_in in = {AF_INET, htons(6379), {htonl(INADDR_LOOPBACK)}, {0}};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    struct sockaddr_in6 in6_gap = in6;
    struct sockaddr_un un = {AF_UNIX, "/run/x.sock"}, abstract = {AF_UNIX, "\0name"};
    struct sockaddr other = {AF_PACKET, "abcdefghijklm"};
    struct iovec piece = {(void *)"hello", 5};
    struct msghdr msg = {&in, sizeof(in), &piece, 1, NULL, 0, MSG_CTRUNC};
    struct mmsghdr messages[2] = {{{.msg_iov = &piece, .msg_iovlen = 1}, 5}, {{0}, 0}};
    struct linger linger = {1, 2};
    int one = 1, in_len = sizeof(in), four = 4, pair[2] = {16, 17};

    inet_pton(AF_INET6, "::1", &in6.sin6_addr);
    inet_pton(AF_INET6, "2001:db8::1:0:0:2", &in6_gap.sin6_addr);
    const struct expectation cases[] = {
        {"socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 8",
         BP_NR_socket,
         8,
         {AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP}},
        {"socket(AF_INET6, SOCK_DGRAM, IPPROTO_IP) = 8",
         BP_NR_socket,
         8,
         {AF_INET6, SOCK_DGRAM, 0}},
        {"socket(AF_UNIX, SOCK_SEQPACKET|SOCK_NONBLOCK, 0) = 8",
         BP_NR_socket,
         8,
         {AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0}},
        {"socket(0x63 /* AF_??? */, SOCK_RAW, 1) = -1 EAFNOSUPPORT (Address family not supported "
         "by "
         "protocol)",
         BP_NR_socket,
         -EAFNOSUPPORT,
         {99, SOCK_RAW, 1}},
        {"bind(8, {sa_family=AF_INET, sin_port=htons(6379), sin_addr=inet_addr(\"127.0.0.1\")}, "
         "16) = 0",
         BP_NR_bind,
         0,
         {8, P(&in), sizeof(in)}},
        {"connect(8, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), "
         "inet_pton(AF_INET6, \"::1\", &sin6_addr), sin6_scope_id=0}, 28) = -1 ECONNREFUSED "
         "(Connection "
         "refused)",
         BP_NR_connect,
         -ECONNREFUSED,
         {8, P(&in6), sizeof(in6)}},
        {"connect(8, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), "
         "inet_pton(AF_INET6, \"2001:db8::1:0:0:2\", &sin6_addr), sin6_scope_id=0}, 28) = 0",
         BP_NR_connect,
         0,
         {8, P(&in6_gap), sizeof(in6)}},
        {"connect(8, {sa_family=AF_UNIX, sun_path=\"/run/x.sock\"}, 110) = 0",
         BP_NR_connect,
         0,
         {8, P(&un), sizeof(un)}},
        {"bind(8, {sa_family=AF_UNIX, sun_path=@\"name\"}, 7) = 0",
         BP_NR_bind,
         0,
         {8, P(&abstract), 7}},
        {"bind(8, {sa_family=AF_UNIX}, 2) = 0", BP_NR_bind, 0, {8, P(&un), 2}},
        {"bind(8, {sa_family=AF_PACKET, sa_data=\"abcd\"}, 6) = 0",
         BP_NR_bind,
         0,
         {8, P(&other), 6}},
        {"bind(8, 0x7000dead0000, 16) = -1 EFAULT (Bad address)",
         BP_NR_bind,
         -EFAULT,
         {8, WILD, 16}},
        {"accept4(6, {sa_family=AF_INET, sin_port=htons(6379), sin_addr=inet_addr(\"127.0.0.1\")}, "
         "[16], "
         "SOCK_CLOEXEC|SOCK_NONBLOCK) = 9",
         BP_NR_accept4,
         9,
         {6, P(&in), P(&in_len), SOCK_NONBLOCK | SOCK_CLOEXEC}},
        {"accept(6, NULL, NULL) = 9", BP_NR_accept, 9, {6, 0, 0}},
        {"sendto(9, \"abc\", 3, MSG_DONTWAIT|MSG_NOSIGNAL, NULL, 0) = 3",
         BP_NR_sendto,
         3,
         {9, P("abc"), 3, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0}},
        {"recvfrom(9, \"abc\", 64, MSG_PEEK, {sa_family=AF_INET, sin_port=htons(6379), "
         "sin_addr=inet_addr(\"127.0.0.1\")}, [16]) = 3",
         BP_NR_recvfrom,
         3,
         {9, P("abc"), 64, MSG_PEEK, P(&in), P(&in_len)}},
        {"sendmsg(9, {msg_name={sa_family=AF_INET, sin_port=htons(6379), "
         "sin_addr=inet_addr(\"127.0.0.1\")}, msg_namelen=16, msg_iov=[{iov_base=\"hello\", "
         "iov_len=5}], "
         "msg_iovlen=1, msg_controllen=0, msg_flags=MSG_CTRUNC}, 0) = 5",
         BP_NR_sendmsg,
         5,
         {9, P(&msg), 0}},
        {"recvmsg(9, 0x7000dead0000, 0) = -1 EFAULT (Bad address)",
         BP_NR_recvmsg,
         -EFAULT,
         {9, WILD, 0}},
        {"sendmmsg(9, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"hello\", "
         "iov_len=5}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, msg_len=5}], 2, 0) = 1",
         BP_NR_sendmmsg,
         1,
         {9, P(messages), 2, 0}},
        {"shutdown(9, SHUT_WR) = 0", BP_NR_shutdown, 0, {9, SHUT_WR}},
        {"socketpair(AF_UNIX, SOCK_STREAM, 0, [16, 17]) = 0",
         BP_NR_socketpair,
         0,
         {AF_UNIX, SOCK_STREAM, 0, P(pair)}},
        {"setsockopt(8, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0",
         BP_NR_setsockopt,
         0,
         {8, SOL_SOCKET, SO_REUSEADDR, P(&one), 4}},
        {"setsockopt(8, SOL_TCP, TCP_NODELAY, [1], 4) = 0",
         BP_NR_setsockopt,
         0,
         {8, IPPROTO_TCP, 1, P(&one), 4}},
        {"setsockopt(8, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=2}, 8) = 0",
         BP_NR_setsockopt,
         0,
         {8, SOL_SOCKET, SO_LINGER, P(&linger), 8}},
        {"getsockopt(8, SOL_SOCKET, SO_ERROR, [1], [4]) = 0",
         BP_NR_getsockopt,
         0,
         {8, SOL_SOCKET, SO_ERROR, P(&one), P(&four)}},
    };
    LINES(cases);
}

static void test_waiting(void)
{
    struct epoll_event events[2] = {{EPOLLIN | EPOLLET, {.u64 = 7}},
                                    {EPOLLHUP, {.u64 = 1ULL << 32}}};
    struct pollfd fds[2] = {{3, POLLIN, 0}, {4, POLLOUT, POLLOUT | POLLERR}};
    struct timespec second = {1, 0};
    struct timeval none = {0, 0};
    struct itimerspec timer = {{0, 0}, {5, 6}};
    u64 set = 1 << 3 | 1 << 5, empty = 0;
    const struct expectation cases[] = {
        {"epoll_create1(EPOLL_CLOEXEC) = 5", BP_NR_epoll_create1, 5, {EPOLL_CLOEXEC}},
        {"epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN|EPOLLET, data={u32=7, u64=7}}) = 0",
         BP_NR_epoll_ctl,
         0,
         {5, EPOLL_CTL_ADD, 3, P(events)}},
        {"epoll_ctl(5, EPOLL_CTL_DEL, 3, NULL) = -1 ENOENT (No such file or directory)",
         BP_NR_epoll_ctl,
         -ENOENT,
         {5, EPOLL_CTL_DEL, 3, 0}},
        {"epoll_wait(5, [{events=EPOLLIN|EPOLLET, data={u32=7, u64=7}}, {events=EPOLLHUP, "
         "data={u32=0, "
         "u64=4294967296}}], 8, -1) = 2",
         BP_NR_epoll_wait,
         2,
         {5, P(events), 8, (u32)-1}},
        {"epoll_wait(5, [], 8, 100) = 0", BP_NR_epoll_wait, 0, {5, P(events), 8, 100}},
        {"epoll_pwait2(5, 0x7000dead0000, 8, {tv_sec=1, tv_nsec=0}, NULL, 8) = -1 EINTR "
         "(Interrupted "
         "system call)",
         BP_NR_epoll_pwait2,
         -EINTR,
         {5, WILD, 8, P(&second), 0, 8}},
        {"poll([{fd=3, events=POLLIN}, {fd=4, events=POLLOUT}], 2, -1) = 1 ([{fd=4, "
         "revents=POLLOUT|POLLERR}])",
         BP_NR_poll,
         1,
         {P(fds), 2, (u32)-1}},
        {"poll([{fd=3, events=POLLIN}], 1, 10) = 0 (Timeout)", BP_NR_poll, 0, {P(fds), 1, 10}},
        {"poll(NULL, 0, 10) = 0 (Timeout)", BP_NR_poll, 0, {0, 0, 10}},
        {"ppoll([{fd=3, events=POLLIN}], 1, NULL, [QUIT], 8) = -1 EINTR (Interrupted system call)",
         BP_NR_ppoll,
         -EINTR,
         {P(fds), 1, 0, P(&(u64){1 << 2}), 8}},
        {"select(6, [3 5], [], NULL, {tv_sec=0, tv_usec=0}) = 2 (in [3 5], out [], left {tv_sec=0, "
         "tv_usec=0})",
         BP_NR_select,
         2,
         {6, P(&set), P(&empty), 0, P(&none)}},
        {"select(5, [3], NULL, NULL, NULL) = 0 (Timeout)", BP_NR_select, 0, {5, P(&set), 0, 0, 0}},
        {"eventfd2(3, EFD_SEMAPHORE|EFD_NONBLOCK) = 9", BP_NR_eventfd2, 9, {3, 1 | O_NONBLOCK}},
        {"timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK) = 9",
         BP_NR_timerfd_create,
         9,
         {1, O_NONBLOCK}},
        {"timerfd_settime(9, 0, {it_interval={tv_sec=0, tv_nsec=0}, it_value={tv_sec=5, "
         "tv_nsec=6}}, "
         "NULL) = 0",
         BP_NR_timerfd_settime,
         0,
         {9, 0, P(&timer), 0}},
        {"nanosleep({tv_sec=1, tv_nsec=0}, 0x7000dead0000) = 0",
         BP_NR_nanosleep,
         0,
         {P(&second), WILD}},
        {"nanosleep({tv_sec=1, tv_nsec=0}, {tv_sec=1, tv_nsec=0}) = -1 EINTR (Interrupted system "
         "call)",
         BP_NR_nanosleep,
         -EINTR,
         {P(&second), P(&second)}},
        {"clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=1, tv_nsec=0}, NULL) = 0",
         BP_NR_clock_nanosleep,
         0,
         {1, 1, P(&second), 0}},
        {"futex(0x1000, FUTEX_WAKE_PRIVATE, 1) = 0",
         BP_NR_futex,
         0,
         {0x1000, FUTEX_WAKE_PRIVATE, 1}},
        {"futex(0x1000, FUTEX_WAIT, 99, NULL) = -1 EAGAIN (Resource temporarily unavailable)",
         BP_NR_futex,
         -EAGAIN,
         {0x1000, FUTEX_WAIT, 99, 0}},
        {"futex(0x1000, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 1, {tv_sec=1, tv_nsec=0}, "
         "FUTEX_BITSET_MATCH_ANY) = -1 ETIMEDOUT (Connection timed out)",
         BP_NR_futex,
         -ETIMEDOUT,
         {0x1000, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 1, P(&second), 0, (u32)-1}},
        {"futex(0x1000, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2147483647, 0x2000, 3) = 5",
         BP_NR_futex,
         5,
         {0x1000, FUTEX_CMP_REQUEUE_PRIVATE, 1, INT32_MAX, 0x2000, 3}},
    };

    LINES(cases);
}

static void test_processes(void)
{
    u64 action[4] = {1, 0x14000000, 0x1234, 1 << 1};
    u64 term = 1 << 1 | 1 << 14, nearly_all = ~(3ULL << 31);
    struct rlimit limit = {8 << 20, RLIM_INFINITY};
    struct clone_args args = {
        .flags = CLONE_VM | CLONE_THREAD, .stack = 0x1000, .stack_size = 0x800};
    stack_t stack = {(void *)0x1000, SS_DISABLE, 8192};
    int status = 256;
    const struct expectation cases[] = {
        {"exit_group(3) = ?", BP_NR_exit_group, 0, {3}},
        {"rt_sigreturn() = ?", BP_NR_rt_sigreturn, 0, {0}},
        {"getpid() = 4321", BP_NR_getpid, 4321, {0}},
        {"kill(4321, SIGTERM) = 0", BP_NR_kill, 0, {4321, SIGTERM}},
        {"kill(4321, 0) = -1 ESRCH (No such process)", BP_NR_kill, -ESRCH, {4321, 0}},
        {"tgkill(4321, 4322, SIGRT_2) = 0", BP_NR_tgkill, 0, {4321, 4322, 34}},
        {"clone(CLONE_VM|CLONE_FS|SIGCHLD, NULL, NULL, NULL, NULL) = -1 ENOSYS (Function not "
         "implemented)",
         BP_NR_clone,
         -ENOSYS,
         {CLONE_VM | CLONE_FS | SIGCHLD}},
        {"clone3({flags=CLONE_VM|CLONE_THREAD, child_tid=NULL, parent_tid=NULL, exit_signal=0, "
         "stack=0x1000, stack_size=0x800, tls=NULL}, 88) = 4322",
         BP_NR_clone3,
         4322,
         {P(&args), 88}},
        {"wait4(-1, [256], WNOHANG, NULL) = 7", BP_NR_wait4, 7, {(u32)-1, P(&status), WNOHANG, 0}},
        {"rt_sigaction(SIGPIPE, {sa_handler=SIG_IGN, sa_mask=[INT], "
         "sa_flags=SA_RESTORER|SA_RESTART, "
         "sa_restorer=0x1234}, NULL, 8) = 0",
         BP_NR_rt_sigaction,
         0,
         {SIGPIPE, P(action), 0, 8}},
        {"rt_sigprocmask(SIG_BLOCK, [INT TERM], NULL, 8) = 0",
         BP_NR_rt_sigprocmask,
         0,
         {SIG_BLOCK, P(&term), 0, 8}},
        {"rt_sigprocmask(SIG_SETMASK, ~[RTMIN RT_1], [INT TERM], 8) = 0",
         BP_NR_rt_sigprocmask,
         0,
         {SIG_SETMASK, P(&nearly_all), P(&term), 8}},
        {"sigaltstack({ss_sp=0x1000, ss_flags=SS_DISABLE, ss_size=8192}, NULL) = 0",
         BP_NR_sigaltstack,
         0,
         {P(&stack), 0}},
        {"prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0",
         BP_NR_prlimit64,
         0,
         {0, RLIMIT_STACK, 0, P(&limit)}},
        {"getrusage(RUSAGE_CHILDREN, 0x1000) = 0", BP_NR_getrusage, 0, {(u32)-1, 0x1000}},
        {"prctl(PR_SET_NAME, \"worker\") = 0", BP_NR_prctl, 0, {PR_SET_NAME, P("worker")}},
        {"arch_prctl(ARCH_SET_FS, 0x1000) = 0", BP_NR_arch_prctl, 0, {ARCH_SET_FS, 0x1000}},
        {"sched_getaffinity(0, 128, [0 1]) = 8",
         BP_NR_sched_getaffinity,
         8,
         {0, 128, P(&(u64[16]){3})}},
        {"getrandom(\"\\1\\2\", 2, GRND_NONBLOCK) = 2", BP_NR_getrandom, 2, {P("\1\2"), 2, 1}},
        {"io_uring_setup(8, 0x1000) = -1 ENOSYS (Function not implemented)",
         BP_NR_io_uring_setup,
         -ENOSYS,
         {8, 0x1000}},
        {"sched_yield() = -1 (errno 999)", BP_NR_sched_yield, -999, {0}},
    };

    LINES(cases);
}

/* ---- odd calls ---- */

static void test_unknown_numbers(void)
{
    static const u64 numbers[] = {400, BP_CALLS, 0x1d7, UINT64_MAX};
    char expected[128];

    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        const u64 args[6] = {1, 2, 3, 0, 5, 6};
        struct bp_trace_call call;

        bp_trace_enter(&call, "app", TID, numbers[i], args);
        bp_trace_exit(&call, -ENOSYS);
        snprintf(expected, sizeof(expected),
                 "app[4321] syscall_%#lx(0x1, 0x2, 0x3, 0, 0x5, 0x6) = -1 ENOSYS (Function not "
                 "implemented)\n",
                 (unsigned long)numbers[i]);
        check(!strcmp(written(), expected), "unknown number %#lx", (unsigned long)numbers[i]);
    }
}

/* A line that would be too long keeps its end: the result. */
static void test_too_long(void)
{
    static struct iovec pieces[200];
    static const char end[] = "...) = 6400\n";
    const u64 args[6] = {1, P(pieces), 200};
    struct bp_trace_call call;
    const char *got;

    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
        pieces[i] = (struct iovec){
            (void *)"\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4", 32};
    bp_trace_enter(&call, "app", TID, BP_NR_writev, args);
    bp_trace_exit(&call, 6400);
    got = written();
    check(strlen(got) < BP_TRACE_LINE && strlen(got) > BP_TRACE_LINE / 2 &&
              !strcmp(got + strlen(got) - strlen(end), end) && !strchr(got, '\n')[1],
          "a long line is cut, and keeps its result");
}

/* ---- several threads ---- */

static const u64 read_args[6] = {3, P("abc"), 64}, no_args[6];

static void expect(const char *expected, const char *what)
{
    const char *got = written();

    if (!check(!strcmp(got, expected), "%s", what))
        printf("FAIL   got: %s", got);
}

static void test_unfinished(void)
{
    struct bp_trace_call one, two, three;

    bp_trace_enter(&one, "app", 1, BP_NR_read, read_args);
    expect("", "nothing is written before a call returns or others print");
    bp_trace_enter(&two, "app", 2, BP_NR_getpid, no_args);
    bp_trace_exit(&two, 1);
    expect("app[1] read(3,  <unfinished ...>\napp[2] getpid() = 1\n",
           "a call that waits is unfinished");
    bp_trace_exit(&one, 3);
    expect("app[1] <... read resumed>\"abc\", 64) = 3\n", "and resumed");

    bp_trace_enter(&one, "app", 1, BP_NR_read, read_args);
    bp_trace_enter(&two, "app", 2, BP_NR_pause, no_args);
    bp_trace_enter(&three, "other", 3, BP_NR_exit, no_args);
    expect(
        "app[1] read(3,  <unfinished ...>\napp[2] pause( <unfinished ...>\nother[3] exit(0) = ?\n",
        "a call that does not return is a line at once");
    bp_trace_exit(&two, -EINTR);
    bp_trace_exit(&one, 0);
    expect("app[2] <... pause resumed>) = -1 EINTR (Interrupted system call)\n"
           "app[1] <... read resumed>\"\", 64) = 0\n",
           "both are resumed");
}

static void test_idle(void)
{
    struct bp_trace_call one, two;

    bp_trace_enter(&one, "app", 1, BP_NR_read, read_args);
    bp_trace_idle();
    expect("app[1] read(3, ", "when all wait, the call is shown as far as it is known");
    bp_trace_idle();
    expect("", "once");
    bp_trace_exit(&one, 3);
    expect("\"abc\", 64) = 3\n", "and its line goes on");

    bp_trace_enter(&one, "app", 1, BP_NR_read, read_args);
    bp_trace_enter(&two, "app", 2, BP_NR_pause, no_args);
    bp_trace_idle();
    expect("app[1] read(3,  <unfinished ...>\napp[2] pause(", "of several, the last may go on");
    bp_trace_exit(&one, 3);
    expect(" <unfinished ...>\napp[1] <... read resumed>\"abc\", 64) = 3\n",
           "unless another returns first");
    bp_trace_exit(&two, -EINTR);
    expect("app[2] <... pause resumed>) = -1 EINTR (Interrupted system call)\n",
           "and then is resumed");
}

/* ---- signals and ends ---- */

static void test_signals(void)
{
    siginfo_t user = {.si_signo = SIGTERM, .si_code = SI_USER};
    siginfo_t fault = {.si_signo = SIGSEGV, .si_code = SEGV_MAPERR, .si_addr = (void *)8};
    siginfo_t timer = {.si_signo = SIGALRM, .si_code = SI_TIMER};
    siginfo_t kernel = {.si_signo = SIGSEGV, .si_code = SI_KERNEL};
    struct bp_trace_call call;

    user.si_pid = 77;
    user.si_uid = 1000;
    bp_trace_signal("app", 1, &user);
    expect("app[1] --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=77, si_uid=1000} ---\n",
           "a signal from a process");
    bp_trace_signal("app", 1, &fault);
    expect("app[1] --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x8} ---\n",
           "a fault");
    bp_trace_signal("app", 1, &timer);
    expect("app[1] --- SIGALRM {si_signo=SIGALRM, si_code=SI_TIMER} ---\n", "a timer");
    bp_trace_enter(&call, "app", 2, BP_NR_pause, no_args);
    bp_trace_signal("app", 1, &kernel);
    expect("app[2] pause( <unfinished ...>\n"
           "app[1] --- SIGSEGV {si_signo=SIGSEGV, si_code=SI_KERNEL} ---\n",
           "a signal leaves other calls unfinished");
    bp_trace_exit(&call, -EINTR);
    written();
    bp_trace_end("app", 1, 3 << 8);
    bp_trace_end("app", 1, SIGKILL);
    expect("app[1] +++ exited with 3 +++\napp[1] +++ killed by SIGKILL +++\n", "ends");
}

int main(void)
{
    if (pipe2(output, O_NONBLOCK))
        return 1;
    bp_trace_fd = output[1];
    catch_uaccess_faults();
    test_bytes_and_strings();
    test_files();
    test_memory();
    test_sockets();
    test_waiting();
    test_processes();
    test_unknown_numbers();
    test_too_long();
    test_unfinished();
    test_idle();
    test_signals();
    return failures != 0;
}
