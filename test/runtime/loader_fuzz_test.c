// sources: runtime-c/base/proc_dir.c runtime-c/base/log.c runtime-c/base/lock.c runtime-c/base/undo.c runtime-c/base/uaccess.S runtime-c/memory/slot.c runtime-c/memory/node.c runtime-c/memory/account.c runtime-c/memory/ranges.c runtime-c/loader/*.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/*
 * Damaged programs: headers of real ones are mutated and loaded. Whatever happens is decided by a
 * sentence or ends in a mapped image whose entry point is text; nothing crashes, and no image or
 * descriptor stays behind. Usage: [rounds [seed]]
 */
#include "check.h"
#include "base/host.h"
#include "entry/text.h"
#include "loader/elf.h"
#include "loader/load.h"
#include "loader/maps.h"
#include "loader/script.h"
#include "tiny_elf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    SECONDS_MAX = 20,
    SEED_BYTES = 8192
};

static u64 state = 88172645463325252ULL;
static u64 accepted, refused;

/* Reads all text, as the patcher would. */
void bp_text_patch(struct bp_slot *slot, u64 addr, u64 len, int prot, int host_fd, u64 offset)
{
    u64 sum = 0;

    (void)slot;
    (void)prot;
    (void)host_fd;
    (void)offset;
    for (u64 at = addr; at < BP_ALIGN_UP(addr + len, 4096ULL); at += 4096)
        sum += *(volatile u8 *)at;
    state += sum & 1;
}

/* xorshift64 */
static u64 draw(u64 below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

/* ---- mutations ---- */

/* Numbers that programs get wrong. */
static u64 odd_number(void)
{
    static const u64 numbers[] = {0,
                                  1,
                                  2,
                                  55,
                                  56,
                                  63,
                                  64,
                                  4095,
                                  4096,
                                  4097,
                                  65535,
                                  65536,
                                  0x7fffffff,
                                  0x80000000,
                                  0xffffffff,
                                  0x7ffffffff000,
                                  0x800000000000,
                                  1ULL << 62,
                                  1ULL << 63,
                                  ~0ULL,
                                  ~4095ULL};
    u64 number = numbers[draw(ARRAY_SIZE(numbers))];

    return draw(4) ? number : number + draw(8192) - 4096;
}

static void mutate(u8 *bytes, size_t size)
{
    static const u8 widths[] = {1, 2, 4, 8};
    /* Most damage goes where the headers are. */
    size_t region = draw(4) ? BP_MIN(size, (size_t)512) : size;

    for (u64 n = 1 + draw(4); n; n--) {
        size_t width = widths[draw(4)], at = draw(region - 8) & ~(width - 1);
        u64 value = draw(2) ? odd_number() : draw(~0ULL);

        if (draw(3)) {
            memcpy(bytes + at, &value, width);
        } else {
            u64 before = 0;

            memcpy(&before, bytes + at, width);
            before ^= 1ULL << draw(width * 8);
            memcpy(bytes + at, &before, width);
        }
    }
}

/* ---- one round ---- */

static bool is_text(u64 addr)
{
    struct bp_map_entry entry;

    return !bp_maps_find(addr, &entry) && entry.prot & PROT_EXEC;
}

static void load(int fd)
{
    static char exe[BP_LOAD_PATH_MAX];
    static const char *const argv[] = {"fuzz", NULL}, *const envp[] = {NULL};
    static const struct bp_host_auxv auxv;
    struct bp_load_result result = {.exe = exe};
    struct bp_slot *slot = bp_slot_create();
    char path[64], why[128] = "";

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct bp_load_request request = {.dirfd = AT_FDCWD,
                                      .path = path,
                                      .execfn = path,
                                      .argv = argv,
                                      .envp = envp,
                                      .stack_size = 64 << 10,
                                      .auxv = &auxv};
    long ret = bp_load_program(slot, &request, &result, why, sizeof(why));
    bool fine = ret ? ret < 0 && ret > -4096 && *why
                    : is_text(result.entry) && bp_slot_owns(slot, result.stack, 8);

    if (!fine)
        check(false, "result %ld, %s, entry 0x%lx", ret, why, result.entry);
    *(ret ? &refused : &accepted) += 1;
    bp_slot_destroy(slot);
    if (!ret && is_text(result.entry))
        check(false, "text stays at 0x%lx", result.entry);
}

static void one_round(const u8 *seed, size_t size)
{
    u8 bytes[SEED_BYTES];
    int fd = memfd_create("fuzz", 0);

    memcpy(bytes, seed, size);
    mutate(bytes, size);
    if (!draw(8))
        size = draw(size);
    if (fd < 0 || fchmod(fd, 0755) || write(fd, bytes, size) != (ssize_t)size)
        exit(1);
    if (draw(2) && size >= SEED_BYTES)
        ftruncate(fd, 4 << 20);
    load(fd);
    close(fd);
}

/* ---- seeds ---- */

static u8 seeds[8][SEED_BYTES];
static size_t sizes[8];
static u32 seed_count;

static void add_seed(const void *bytes, size_t size)
{
    memcpy(seeds[seed_count], bytes, size);
    sizes[seed_count++] = size;
}

static void add_file(const char *path)
{
    u8 bytes[SEED_BYTES];
    int fd = open(path, O_RDONLY);
    ssize_t size = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes));

    if (size > 64)
        add_seed(bytes, (size_t)size);
    if (fd >= 0)
        close(fd);
}

static void add_seeds(void)
{
    static const char script[] = "#! /bin/true  -x some argument "
                                 "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
    struct tiny_elf e = tiny_elf();

    add_seed(&e, sizeof(e));
    e.ehdr.e_type = ET_EXEC;
    e.ehdr.e_entry += 0x10000000;
    e.text.p_vaddr += 0x10000000;
    e.data.p_vaddr += 0x10000000;
    set_linker(&e, "/lib64/ld-linux-x86-64.so.2");
    add_seed(&e, sizeof(e));
    add_seed(script, sizeof(script));
    add_file("/bin/true");
    add_file("/bin/busybox");
    add_file("/lib64/ld-linux-x86-64.so.2");
}

static u32 open_descriptors(void)
{
    u32 count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

int main(int argc, char **argv)
{
    u64 rounds = argc > 1 ? strtoull(argv[1], NULL, 0) : 20000, round = 0;
    u32 descriptors = open_descriptors();
    time_t end = time(NULL) + SECONDS_MAX;

    if (argc > 2)
        state ^= strtoull(argv[2], NULL, 0) * 0x9e3779b97f4a7c15ULL;
    add_seeds();
    for (; round < rounds && time(NULL) < end && !failures; round++) {
        u64 which = draw(seed_count);

        one_round(seeds[which], sizes[which]);
    }
    check(accepted && refused, "%lu rounds: %lu accepted, %lu refused", round, accepted, refused);
    check(open_descriptors() == descriptors, "no descriptor stays open");
    return !!failures;
}
