// sources: runtime-c/base/*.c runtime-c/base/*.S
/* Copying, formatting, fault-safe access. */
#include "base/clock.h"
#include "base/log.h"
#include "base/uaccess.h"
#include "check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

void *bp_memcpy(void *restrict dst, const void *restrict src, size_t n);
void *bp_memmove(void *dst, const void *src, size_t n);
void *bp_memset(void *dst, int c, size_t n);
int bp_memcmp(const void *a, const void *b, size_t n);

static void on_segv(int sig, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)sig;
    (void)info;
    if ((u64)regs[REG_RIP] - (u64)bp_uaccess_start >= (u64)(bp_uaccess_end - bp_uaccess_start))
        _exit(1);
    regs[REG_RIP] = (greg_t)bp_uaccess_fixup;
}

static void test_copies(void)
{
    unsigned char source[2048], ours[2048], libcs[2048];
    bool copies = true, moves = true, sets = true, users = true;

    for (size_t i = 0; i < sizeof(source); i++)
        source[i] = (unsigned char)rand();
    for (size_t n = 0; n < 700; n++) {
        size_t from = (size_t)rand() % 600, to = (size_t)rand() % 600;

        memset(ours, 1, sizeof(ours));
        memset(libcs, 1, sizeof(libcs));
        bp_memcpy(ours + to, source + from, n);
        memcpy(libcs + to, source + from, n);
        copies &= !memcmp(ours, libcs, sizeof(ours));
        users &= !bp_copy(ours + from, source + to, n);
        memcpy(libcs + from, source + to, n);
        users &= !memcmp(ours, libcs, sizeof(ours));
        memcpy(ours, source, sizeof(ours));
        memcpy(libcs, source, sizeof(libcs));
        bp_memmove(ours + to, ours + from, n);
        memmove(libcs + to, libcs + from, n);
        moves &= !memcmp(ours, libcs, sizeof(ours));
        bp_memset(ours + to, (int)n, n);
        memset(libcs + to, (int)n, n);
        sets &= !memcmp(ours, libcs, sizeof(ours)) && !bp_memcmp(ours, libcs, sizeof(ours));
    }
    check(copies, "memcpy of every length");
    check(moves, "memmove of every length and overlap");
    check(sets, "memset of every length");
    check(users, "copies of programs' memory of every length");
}

static void test_faults(void)
{
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char buf[64];
    u32 word = 0, old = 0;
    u64 wide;

    munmap(page + 4096, 4096);
    memset(page, 'x', 4096);
    check(bp_copy(buf, page + 4090, 20) == -EFAULT, "a copy that runs off a mapping is EFAULT");
    check(bp_copy(page + 4090, buf, 20) == -EFAULT, "in both directions");
    check(bp_copy(buf, (void *)0xdead000000000000, 8) == -EFAULT,
          "a non-canonical address is EFAULT");
    check(bp_copy_string(buf, page + 4090, 64) == -EFAULT, "a string without end is EFAULT");
    check(bp_copy_string(buf, page, 64) == -ENAMETOOLONG, "a long one is ENAMETOOLONG");
    check(bp_copy_string(buf, "word", 64) == 4 && !strcmp(buf, "word"),
          "a good one has its length");
    check(bp_get_user32(&word, NULL) == -EFAULT, "a word at NULL");
    check(bp_put_user64((u64 *)8, 1) == -EFAULT, "a store near NULL");
    check(bp_get_user64(&wide, (u64 *)page) == 0 && wide == 0x7878787878787878, "a good word");
    check(!bp_cmpxchg_user32(&word, &old, 5) && word == 5 && old == 0, "compare and exchange");
    check(!bp_cmpxchg_user32(&word, &old, 6) && word == 5 && old == 5,
          "which fails on another value");
    check(bp_cmpxchg_user32((u32 *)4096, &old, 6) == -EFAULT, "or faults");
}

static void format(const char *expected, const char *fmt, ...)
{
    char text[128];
    va_list args;

    va_start(args, fmt);
    int len = bp_vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    check(len == (int)strlen(expected) && !strcmp(text, expected), expected);
}

static void test_formats(void)
{
    char tiny[4];

    format("42 -7 4294967295", "%d %d %u", 42, -7, 0xffffffffu);
    format("-9223372036854775808", "%ld", (long)INT64_MIN);
    format("00ff|  7|7  |0x10", "%04x|%3d|%-3d|%p", 0xff, 7, 7, (void *)0x10);
    format("abc ab [  x]", "%s %.*s [%3s]", "abc", 2, "abc", "x");
    format("100% c", "100%% %c", 'c');
    check(bp_snprintf(tiny, sizeof(tiny), "%s", "truncated") == 9 && !strcmp(tiny, "tru"),
          "truncation");
}

static void test_clock(void)
{
    u64 before = bp_now(), tsc = bp_tsc();

    while (bp_now() < before + 5000000)
        ;
    u64 ns = bp_tsc_to_ns(bp_tsc() - tsc);
    check(ns > 1000000 && ns < 100000000, "time-stamp ticks become nanoseconds");
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};

    sigaction(SIGSEGV, &action, NULL);
    bp_clock_init(0);
    test_copies();
    test_faults();
    test_formats();
    test_clock();
    return failures != 0;
}
