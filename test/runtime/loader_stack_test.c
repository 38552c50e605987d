// sources: runtime-c/base/proc_dir.c runtime-c/base/log.c runtime-c/base/lock.c runtime-c/base/undo.c runtime-c/memory/slot.c runtime-c/memory/node.c runtime-c/memory/account.c runtime-c/memory/ranges.c runtime-c/loader/stack.c runtime-c/loader/maps.c
/* The initial stack, walked as a program's start-up code walks it; and the mapping that it lies in.
 */
#include "check.h"
#include "loader/maps.h"
#include "loader/stack.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#define STRINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct bp_host_auxv host = {
    .vdso = 0x7fff0000, .hwcap = 0x1234, .hwcap2 = 7, .clktck = 100, .minsigstksz = 3000};
static const struct bp_image program = {
    .bias = 0x1000, .entry = 0x2222, .phdr = 0x1040, .phnum = 13};

static struct bp_load_request load_request(const char *const *argv, const char *const *envp)
{
    return (struct bp_load_request){
        .path = "/real/path",
        .execfn = "given/path",
        .argv = argv,
        .envp = envp,
        .uid = 1,
        .euid = 1,
        .gid = 3,
        .egid = 3,
        .stack_size = 1 << 20,
        .auxv = &host,
    };
}

static long build(const struct bp_load_request *load, const char *const *front, u64 *sp,
                  bool executable)
{
    struct bp_stack_request request = {.load = load,
                                       .front = front,
                                       .program = &program,
                                       .linker_base = 0x5000,
                                       .executable = executable};

    while (front[request.front_count])
        request.front_count++;
    return bp_stack_build(bp_slot_create(), &request, sp);
}

static bool strings_are(const u64 **at, const char *const *want)
{
    for (; *want; want++, (*at)++) {
        if (!**at || strcmp((const char *)**at, *want))
            return false;
    }
    return !*(*at)++;
}

static u64 auxv_get(const u64 *auxv, u64 type)
{
    for (; auxv[0] != AT_NULL; auxv += 2) {
        if (auxv[0] == type)
            return auxv[1];
    }
    return ~0ULL;
}

static void test_layout(void)
{
    static const struct {
        const char *name;
        u64 type, value;
    } numbers[] = {
        {"AT_SYSINFO_EHDR", AT_SYSINFO_EHDR, 0x7fff0000},
        {"AT_MINSIGSTKSZ", AT_MINSIGSTKSZ, 3000},
        {"AT_HWCAP", AT_HWCAP, 0x1234},
        {"AT_HWCAP2 without FSGSBASE", AT_HWCAP2, 5},
        {"AT_PAGESZ", AT_PAGESZ, 4096},
        {"AT_CLKTCK", AT_CLKTCK, 100},
        {"AT_PHDR", AT_PHDR, 0x1040},
        {"AT_PHENT", AT_PHENT, 56},
        {"AT_PHNUM", AT_PHNUM, 13},
        {"AT_BASE", AT_BASE, 0x5000},
        {"AT_FLAGS", AT_FLAGS, 0},
        {"AT_ENTRY", AT_ENTRY, 0x2222},
        {"AT_UID", AT_UID, 1},
        {"AT_EUID", AT_EUID, 1},
        {"AT_GID", AT_GID, 3},
        {"AT_EGID", AT_EGID, 3},
        {"AT_SECURE", AT_SECURE, 0},
        {"no AT_RSEQ_FEATURE_SIZE", 27, ~0ULL},
        {"no AT_RSEQ_ALIGN", 28, ~0ULL},
    };
    struct bp_load_request load =
        load_request(STRINGS("dropped", "first", ""), STRINGS("A=1", "", "B=2"));
    u64 sp, other;

    check(!build(&load, STRINGS("/bin/sh", "-e", "script"), &sp, false), "a stack is built");
    const u64 *at = (const u64 *)sp, *argv = at + 1;

    check(!(sp & 15), "the stack pointer is a multiple of 16");
    check(*at++ == 5, "argc");
    check(strings_are(&at, STRINGS("/bin/sh", "-e", "script", "first", "")),
          "arguments: the front, then the rest of argv");
    const u64 *envp = at;
    check(strings_are(&at, STRINGS("A=1", "", "B=2")), "environment");
    check(argv[4] + 1 == envp[0] && argv[0] + strlen("/bin/sh") + 1 == argv[1],
          "arguments and environment adjoin");
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        check(auxv_get(at, numbers[i].type) == numbers[i].value, "%s", numbers[i].name);
    check(!strcmp((char *)auxv_get(at, AT_EXECFN), "given/path"), "AT_EXECFN");
    check(!strcmp((char *)auxv_get(at, AT_PLATFORM), "x86_64"), "AT_PLATFORM");

    load.uid = 2;
    build(&load, STRINGS("x"), &other, false);
    const u64 *second = (const u64 *)other;
    for (second++; *second++;)
        ;
    while (*second++)
        ;
    check(memcmp((char *)auxv_get(at, AT_RANDOM), (char *)auxv_get(second, AT_RANDOM), 16),
          "AT_RANDOM differs from program to program");
    check(auxv_get(second, AT_SECURE) == 1, "AT_SECURE when the effective id is another");
}

static void test_mapping(void)
{
    struct bp_load_request load = load_request(STRINGS("x"), STRINGS(NULL));
    struct bp_map_entry stack, guard;
    u64 sp;

    build(&load, STRINGS("x"), &sp, false);
    check(!bp_maps_find(sp, &stack) && stack.end - stack.start >= load.stack_size &&
              stack.prot == (PROT_READ | PROT_WRITE),
          "the stack is as large as asked, and not executable");
    check(sp < stack.end && stack.end - sp < 4096, "it begins at the top");
    check(!bp_maps_find(stack.start - 1, &guard) && guard.prot == PROT_NONE &&
              guard.end - guard.start >= 1 << 20,
          "a guard lies below");
    build(&load, STRINGS("x"), &sp, true);
    check(!bp_maps_find(sp, &stack) && stack.prot & PROT_EXEC,
          "executable when the program asks for it");
}

static void test_host_lacks(void)
{
    const struct bp_host_auxv poor = {.clktck = 100};
    struct bp_load_request load = load_request(STRINGS("x"), STRINGS(NULL));
    u64 sp;

    load.auxv = &poor;
    build(&load, STRINGS("x"), &sp, false);
    const u64 *auxv = (const u64 *)sp + 4;
    check(auxv_get(auxv, AT_SYSINFO_EHDR) == ~0ULL && auxv_get(auxv, AT_MINSIGSTKSZ) == ~0ULL &&
              auxv_get(auxv, AT_CLKTCK) == 100,
          "what the host does not have is not announced");
}

static void test_limits(void)
{
    static char longest[(128 << 10) + 1];
    struct bp_load_request load = load_request(STRINGS("x", longest), STRINGS(NULL));
    u64 sp;

    memset(longest, 'x', (128 << 10) - 1);
    load.stack_size = 8 << 20;
    check(!build(&load, STRINGS("x"), &sp, false), "a string of 128 KiB with its end");
    longest[(128 << 10) - 1] = 'x';
    check(build(&load, STRINGS("x"), &sp, false) == -E2BIG, "one byte more");
    check(build(&load, STRINGS("x", longest), &sp, false) == -E2BIG, "in a script's arguments");
    longest[100 << 10] = '\0';
    load.stack_size = 4096;
    check(!build(&load, STRINGS("x"), &sp, false), "100 KiB fit with the smallest stack");
    load.envp = STRINGS(longest);
    check(build(&load, STRINGS("x"), &sp, false) == -E2BIG, "200 KiB do not");
    load.stack_size = 1 << 20;
    check(!build(&load, STRINGS("x"), &sp, false), "but with a stack of 1 MiB");
    load.argv = STRINGS(NULL);
    load.envp = STRINGS(NULL);
    check(!build(&load, STRINGS(""), &sp, false) && *(u64 *)sp == 1,
          "an empty argv has one empty argument");
}

int main(void)
{
    test_layout();
    test_mapping();
    test_host_lacks();
    test_limits();
    return !!failures;
}
