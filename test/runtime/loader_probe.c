/* What loader_run_test links in every way and runs: prints all that a program can see of how it was
 * loaded. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#ifndef ALIGNMENT
#define ALIGNMENT 64
#endif

extern char **environ;

static const int numbers[] = {
    AT_PAGESZ, AT_CLKTCK, AT_PHENT, AT_PHNUM,  AT_FLAGS, AT_UID,
    AT_EUID,   AT_GID,    AT_EGID,  AT_SECURE, AT_HWCAP, AT_MINSIGSTKSZ,
};
static char zeros[200000], odd[3];
static char data[] = "initialised";
static char aligned[64] __attribute__((aligned(ALIGNMENT)));
static __thread int tls = 5;
static int constructed;

__attribute__((constructor)) static void construct(void)
{
    constructed = 1;
}

static void print_memory(void)
{
    int sum = odd[2];

    for (size_t i = 0; i < sizeof(zeros); i++)
        sum |= zeros[i];
    printf("zeros %d data %s tls %d constructed %d misaligned %d\n", sum, data, tls, constructed,
           (int)((uintptr_t)aligned % ALIGNMENT));
    char *big = malloc(1 << 22);
    memset(big, 1, 1 << 22);
    printf("heap %d\n", big[12345]);
    free(big);
}

static void print_stack(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        printf("argument %d: %s\n", i, argv[i]);
    for (char **e = environ; *e; e++)
        printf("%s\n", *e);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        printf("auxv %d: %lu\n", numbers[i], getauxval(numbers[i]));
    printf("%s %s linker %d random %d\n", (char *)getauxval(AT_EXECFN),
           (char *)getauxval(AT_PLATFORM), !!getauxval(AT_BASE), !!getauxval(AT_RANDOM));
}

int main(int argc, char **argv)
{
    print_memory();
    print_stack(argc, argv);
#ifdef EXECSTACK
    unsigned char code[] = {0xb8, 9, 0, 0, 0, 0xc3}; /* mov $9, %eax; ret */
    printf("code on the stack returns %d\n", ((int (*)(void))code)());
#endif
    return argc;
}
