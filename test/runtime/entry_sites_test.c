// sources: runtime-c/entry/insn.c runtime-c/entry/unwind.c runtime-c/entry/flow.c runtime-c/entry/sites.c runtime-c/entry/vectors.c
/*
 * Sites found in real files against what objdump sees: every patched site is a system call, begins
 * and ends where instructions do, and no branch leads into it; nearly all system calls are patched;
 * and in C libraries the calls that wait are proven to carry no vector registers.
 */
#include "check.h"
#include "elf_views.h"
#include "entry/sites.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    START = 1,
    SYSCALL = 2,
    TARGET = 4
}; /* what objdump says of an address */

static u8 *marks; /* for each byte of the text */
static struct bp_view text;

static void mark(u64 addr, u8 what)
{
    if (addr - text.addr < text.len)
        marks[addr - text.addr] |= what;
}

static void mark_line(const char *line)
{
    static const char *const branches[] = {"\tj",        "\tcall", "\tbnd j",
                                           "\tbnd call", "\tloop", "\tnotrack j"};
    char *at;
    u64 addr = strtoull(line, &at, 16);

    if (*at != ':')
        return;
    mark(addr, START);
    if (strstr(at, "\tsyscall"))
        mark(addr, SYSCALL);
    for (u32 i = 0; i < ARRAY_SIZE(branches); i++) {
        const char *branch = strstr(at, branches[i]);
        const char *operand = branch ? strpbrk(branch + strlen(branches[i]), " ,") : NULL;

        if (operand && !strchr(operand, '*'))
            mark(strtoull(operand + strspn(operand, " ,pnt"), NULL, 16), TARGET);
    }
}

static void ask_objdump(const char *path)
{
    char command[512], line[1024];
    FILE *objdump;

    snprintf(command, sizeof(command), "objdump -d -w --no-show-raw-insn '%s' 2>/dev/null", path);
    objdump = popen(command, "r");
    while (fgets(line, sizeof(line), objdump))
        mark_line(line);
    pclose(objdump);
}

static bool is_sound(const struct bp_site *site)
{
    u32 at = site->start + site->before, end = at + 2 + site->after;

    if (!(marks[at] & SYSCALL) || !(marks[site->start] & START) ||
        !(marks[end] & START || end == text.len))
        return false;
    for (u32 i = site->start + 1; i < site->start + site->len; i++)
        if (marks[i] & TARGET)
            return false;
    return site->len >= BP_SITE_JUMP;
}

struct expectation {
    const char *path;
    bool abi_calls;
    u32 patched_percent; /* at least */
};

static void test_text(const struct expectation *e, const struct bp_unwind *unwind, void *memory)
{
    struct bp_sites sites;
    struct timespec before, after;
    u32 counts[BP_SITE_PATTERNS] = {0}, unsound = 0, dead = 0, kept = 0, there = 0;

    clock_gettime(CLOCK_MONOTONIC, &before);
    bp_sites_find(&sites, text, unwind, e->abi_calls, memory);
    clock_gettime(CLOCK_MONOTONIC, &after);
    for (u64 i = 0; i < text.len; i++)
        there += marks[i] & SYSCALL ? 1 : 0;
    for (u32 i = 0; i < sites.count; i++) {
        const struct bp_site *site = &sites.items[i];

        counts[site->pattern]++;
        dead += site->vectors_dead;
        kept += bp_site_keeps_syscall(site);
        if (!is_sound(site)) {
            printf("  unsound: %#lx, %u before, %u after\n", text.addr + site->start, site->before,
                   site->after);
            unsound++;
        }
    }
    check(!unsound && sites.count * 100 >= there * e->patched_percent,
          "%s: %u system calls, A %u, B %u, C %u, D %u, `syscall` kept %u, left %u, no vectors %u, "
          "%.2f ms",
          e->path, there, counts[BP_SITE_A], counts[BP_SITE_B], counts[BP_SITE_C],
          counts[BP_SITE_D], kept, sites.left, dead,
          (double)(after.tv_sec - before.tv_sec) * 1e3 +
              (double)(after.tv_nsec - before.tv_nsec) / 1e6);
}

/* In glibc: whether all sites of a function are proven to carry no vector registers. */
static void test_dead(const struct bp_sites *sites, const char *symbol, u64 start, u64 size)
{
    u32 count = 0, dead = 0;

    for (u32 i = 0; i < sites->count; i++) {
        if (text.addr + sites->items[i].start - start < size) {
            count++;
            dead += sites->items[i].vectors_dead;
        }
    }
    check(count && dead == count, "%s: vector registers are dead at %u of %u sites", symbol, dead,
          count);
}

static void test_waiting_calls(const char *path, const struct bp_unwind *unwind, void *memory)
{
    static const char names[] =
        " read write recv send recvfrom sendto recvmsg sendmsg epoll_wait poll ppoll accept "
        "accept4 connect clock_nanosleep syscall __lll_lock_wait_private ";
    char command[512], line[512], name[256];
    struct bp_sites sites;
    FILE *nm;
    u64 start, size;

    bp_sites_find(&sites, text, unwind, true, memory);
    snprintf(command, sizeof(command),
             "nm -DS --defined-only --without-symbol-versions '%s' 2>/dev/null", path);
    nm = popen(command, "r");
    while (fgets(line, sizeof(line), nm)) {
        char word[260];

        if (sscanf(line, "%lx %lx %*c %255s", &start, &size, name) != 3)
            continue;
        snprintf(word, sizeof(word), " %s ", name);
        if (strstr(names, word))
            test_dead(&sites, name, start, size);
    }
    pclose(nm);
}

static void test_file(const struct expectation *e)
{
    struct elf_views file;
    struct bp_unwind unwind;
    bool known;

    if (!elf_views_open(&file, e->path))
        return;
    known = file.header && bp_unwind_init(&unwind, file.tables, file.header);
    for (u32 i = 0; i < file.text_count; i++) {
        size_t size = bp_sites_memory(file.texts[i].len);
        void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        text = file.texts[i];
        marks = calloc(1, text.len + 1);
        ask_objdump(e->path);
        test_text(e, known ? &unwind : NULL, memory);
        if (strstr(e->path, "libc.so.6")) {
            memset(memory, 0, size);
            test_waiting_calls(e->path, known ? &unwind : NULL, memory);
        }
        munmap(memory, size);
        free(marks);
    }
    elf_views_close(&file);
}

int main(void)
{
    static const struct expectation files[] = {
        {"/lib/x86_64-linux-gnu/libc.so.6", true, 99},
        {"/lib64/ld-linux-x86-64.so.2", true, 95},
        {"/usr/lib/x86_64-linux-musl/libc.so", true, 90},
        {"/bin/busybox", false, 90},
        {"/usr/lib/x86_64-linux-gnu/libstdc++.so.6", false, 0},
        {"/usr/lib/x86_64-linux-gnu/libcrypto.so.3", false, 0},
        {"/usr/bin/redis-server", false, 0},
    };

    if (system("objdump --version >/dev/null 2>&1")) {
        printf("skip: no objdump\n");
        return 77;
    }
    for (u32 i = 0; i < ARRAY_SIZE(files); i++)
        test_file(&files[i]);
    return failures ? 1 : 0;
}
