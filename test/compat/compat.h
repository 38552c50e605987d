/*
 * Shared by the compat programs. A program prints what each call answered, by name, so that a run
 * on Linux and a run under the runtime can be compared line by line: never an address, a pid, a
 * time or a libc's wording.
 */
#ifndef COMPAT_H
#define COMPAT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Exit statuses that the runner knows: a failed CHECK or MUST, and "this machine cannot". */
enum {
    COMPAT_FAILED = 99,
    COMPAT_SKIPPED = 77
};

/* Printed before each line; programs of a pair set it to "role: ". */
static const char *compat_prefix UNUSED = "";

/* Lines leave as they are printed, so that a crash loses none and lines of a pair do not mix. */
__attribute__((constructor)) static void compat_line_buffered(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
}

UNUSED static const char *err_name(int err)
{
    static const struct {
        int err;
        const char *name;
    } names[] = {
#define E(x) {x, #x}
        E(E2BIG),           E(EACCES),       E(EADDRINUSE),
        E(EADDRNOTAVAIL),   E(EAFNOSUPPORT), E(EAGAIN),
        E(EALREADY),        E(EBADF),        E(EBADMSG),
        E(EBUSY),           E(ECANCELED),    E(ECHILD),
        E(ECONNABORTED),    E(ECONNREFUSED), E(ECONNRESET),
        E(EDEADLK),         E(EDESTADDRREQ), E(EDOM),
        E(EEXIST),          E(EFAULT),       E(EFBIG),
        E(EHOSTUNREACH),    E(EINPROGRESS),  E(EINTR),
        E(EINVAL),          E(EIO),          E(EISCONN),
        E(EISDIR),          E(ELOOP),        E(EMFILE),
        E(EMLINK),          E(EMSGSIZE),     E(ENAMETOOLONG),
        E(ENETUNREACH),     E(ENFILE),       E(ENOBUFS),
        E(ENODATA),         E(ENODEV),       E(ENOENT),
        E(ENOEXEC),         E(ENOLCK),       E(ENOMEM),
        E(ENOPROTOOPT),     E(ENOSPC),       E(ENOSYS),
        E(ENOTCONN),        E(ENOTDIR),      E(ENOTEMPTY),
        E(ENOTSOCK),        E(ENOTSUP),      E(ENOTTY),
        E(ENXIO),           E(EOVERFLOW),    E(EOWNERDEAD),
        E(EPERM),           E(EPIPE),        E(EPROTO),
        E(EPROTONOSUPPORT), E(EPROTOTYPE),   E(ERANGE),
        E(EROFS),           E(ESHUTDOWN),    E(ESOCKTNOSUPPORT),
        E(ESPIPE),          E(ESRCH),        E(ETIMEDOUT),
        E(ETOOMANYREFS),    E(ETXTBSY),      E(EXDEV),
        E(ENOTRECOVERABLE),
#undef E
    };
    static __thread char unknown[16];

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].err == err)
            return names[i].name;
    snprintf(unknown, sizeof(unknown), "errno %d", err);
    return unknown;
}

/* One line of output. */
#define SAY(...) compat_say(__VA_ARGS__)
__attribute__((format(printf, 1, 2))) UNUSED static void compat_say(const char *fmt, ...)
{
    char line[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    printf("%s%s\n", compat_prefix, line);
}

/* Prints the call and its value, or the errno's name; gives the value back. */
#define SHOW(call) compat_show(#call, (errno = 0, (long)(call)))
UNUSED static long compat_show(const char *what, long ret)
{
    int err = errno;

    if (ret == -1)
        SAY("%s = -1 %s", what, err_name(err));
    else
        SAY("%s = %ld", what, ret);
    errno = err;
    return ret;
}

/* As SHOW for calls whose value is an address: prints "ok" or the errno's name. */
#define SHOW_PTR(call) compat_show_ptr(#call, (errno = 0, (void *)(call)))
UNUSED static void *compat_show_ptr(const char *what, void *ptr)
{
    bool failed = !ptr || ptr == (void *)-1;

    SAY("%s = %s", what, failed ? err_name(errno) : "ok");
    return ptr;
}

/* As SHOW for the pthread calls, which return the error. */
#define SHOW_ERR(call) compat_show_err(#call, (call))
UNUSED static int compat_show_err(const char *what, int err)
{
    SAY("%s = %s", what, err ? err_name(err) : "0");
    return err;
}

/* A step that is not the subject and must not fail; gives the value back. */
#define MUST(call) compat_must(#call, (long)(call), __FILE__, __LINE__)
UNUSED static long compat_must(const char *what, long ret, const char *file, int line)
{
    if (ret == -1) {
        fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, err_name(errno));
        exit(COMPAT_FAILED);
    }
    return ret;
}

/* A fact that cannot be printed because its parts vary. */
#define CHECK(cond) ((cond) ? (void)0 : compat_failed(#cond, __FILE__, __LINE__))
UNUSED static void compat_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not so: %s (errno %s)\n", file, line, what, err_name(errno));
    exit(COMPAT_FAILED);
}

UNUSED static void skip(const char *why)
{
    SAY("skipped: %s", why);
    exit(COMPAT_SKIPPED);
}

UNUSED static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

UNUSED static void sleep_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    while (nanosleep(&t, &t) == -1 && errno == EINTR)
        ;
}

UNUSED static pthread_t start_thread(void *(*run)(void *), void *arg)
{
    pthread_t thread;
    int err = pthread_create(&thread, NULL, run, arg);

    if (err) {
        fprintf(stderr, "pthread_create: %s\n", err_name(err));
        exit(COMPAT_FAILED);
    }
    return thread;
}

UNUSED static void *join_thread(pthread_t thread)
{
    void *value = NULL;

    CHECK(pthread_join(thread, &value) == 0);
    return value;
}

/* Installs a handler with flags and an empty mask. */
UNUSED static void on_signal(int sig, void (*handler)(int), int flags)
{
    struct sigaction sa;

    memset(&sa, 0, sizeof(sa));
    sa.sa_handler = handler;
    sa.sa_flags = flags;
    MUST(sigaction(sig, &sa, NULL));
}

/* A file of the test's own (empty) directory, with this content, opened for reading and writing. */
UNUSED static int file_with(const char *path, const char *content)
{
    int fd = MUST(open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    size_t len = strlen(content);

    CHECK(write(fd, content, len) == (ssize_t)len);
    MUST(lseek(fd, 0, SEEK_SET));
    return fd;
}

#endif
