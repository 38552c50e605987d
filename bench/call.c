/*
 * What one system call costs: getpid, in batches; the median of the batches.
 *   call patched     through the C library: a site that can be replaced
 *   call trapped     a `syscall` in the middle of another instruction, reached by an indirect jump:
 * a site that cannot Prints nanoseconds per call.
 */
#include "figure.h"
#include <sys/syscall.h>

enum {
    BATCHES = 401,
    PER_BATCH = 200
};

long hidden_getpid(void);

/*
 * hidden: mov $0x9090909090c3050f, %rax. Two bytes into it stand 0f 05 c3: syscall, ret. Nothing
 * that reads the code from its beginnings meets them.
 */
__asm__(".text\n"
        "hidden: .byte 0x48, 0xb8, 0x0f, 0x05, 0xc3, 0x90, 0x90, 0x90, 0x90, 0x90\n"
        "  ret\n"
        "hidden_getpid:\n"
        "  lea hidden(%rip), %rcx\n"
        "  add $2, %rcx\n"
        "  push $39\n"
        "  pop %rax\n"
        "  jmp *%rcx\n");

static long through_libc(void)
{
    return getpid();
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median_of_batches(long (*call)(void), long expected)
{
    static double batches[BATCHES];

    for (int i = 0; i < BATCHES; i++) {
        int64_t start = now_ns();

        for (int k = 0; k < PER_BATCH; k++)
            if (call() != expected)
                exit(1);
        batches[i] = (double)(now_ns() - start) / PER_BATCH;
    }
    qsort(batches, BATCHES, sizeof(*batches), ascending);
    return batches[BATCHES / 2];
}

int main(int argc, char **argv)
{
    bool trapped = strcmp(argv[argc - 1], "trapped") == 0;
    long (*call)(void) = trapped ? hidden_getpid : through_libc;

    median_of_batches(call, getpid()); /* warms up */
    print_figure(median_of_batches(call, getpid()), (uint64_t)BATCHES * PER_BATCH);
    return 0;
}
