// sources: runtime-c/entry/insn.c runtime-c/entry/unwind.c runtime-c/entry/flow.c runtime-c/entry/sites.c runtime-c/entry/vectors.c runtime-c/entry/thunk.c runtime-c/base/uaccess.S
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/*
 * Hostile bytes through decoder, unwind tables, sites and thunks: random ones, and those of real
 * files with damage. Nothing is read or written out of bounds, and every site found satisfies what
 * its users rely on. Usage: [seconds [seed]]
 */
#include "check.h"
#include "elf_views.h"
#include "entry/flow.h"
#include "entry/thunk.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static u64 state = 88172645463325252ULL;

static u64 next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static u64 below(u64 limit)
{
    return next() % limit;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static u64 room_for(u64 len)
{
    return BP_MAX(BP_ALIGN_UP(len, (u64)BP_PAGE_SIZE), (u64)BP_PAGE_SIZE);
}

/*
 * A copy with nothing before or nothing behind it: guard pages, because the sanitizer does not see
 * what the compiler makes of memcpy and memcmp.
 */
static struct bp_view copy(const u8 *data, u64 len, u64 addr)
{
    u64 room = room_for(len);
    u8 *area = mmap(NULL, room + 2 * BP_PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    u8 *exact = area + BP_PAGE_SIZE + (len && below(2) ? room - len : 0);

    mprotect(area + BP_PAGE_SIZE, room, PROT_READ | PROT_WRITE);
    memcpy(exact, data, len);
    return (struct bp_view){exact, len, addr};
}

static void drop(struct bp_view view)
{
    u8 *page = (u8 *)BP_ALIGN_DOWN((u64)view.data, (u64)BP_PAGE_SIZE);

    munmap(page - BP_PAGE_SIZE, room_for(view.len) + 2 * BP_PAGE_SIZE);
}

/* ---- properties ---- */

static u64 sites_found, bad_sites;

static void check_insn(const u8 *code, u64 len)
{
    struct bp_insn insn;
    u32 length = bp_insn_decode(&insn, code, code + len);

    if (length > BP_INSN_MAX || length > len ||
        (length && (insn.length != length || insn.disp_at + 4u > length + (insn.disp_at ? 0 : 4))))
        bad_sites++;
}

static void check_site(const struct bp_view *text, const struct bp_site *site, u32 last_end)
{
    u8 thunk[BP_THUNK_MAX], jump[BP_SITE_BYTES_MAX];
    u64 syscall = site->start + site->before;
    bool kept = bp_site_keeps_syscall(site);

    sites_found++;
    if (site->start < last_end || site->len < BP_SITE_JUMP || site->len > BP_SITE_BYTES_MAX ||
        syscall + 2 > text->len || text->data[syscall] != 0x0f || text->data[syscall + 1] != 0x05 ||
        (u64)site->start + site->len > text->len || bp_thunk_size(site) > sizeof(thunk) ||
        (!kept && site->len != site->before + 2 + site->after)) {
        bad_sites++;
        return;
    }
    if (bp_thunk_emit(thunk, text->addr + below(1ULL << 32), text, site))
        bp_thunk_jump(jump, text->addr + 4096, text, site);
}

static void check_text(struct bp_view text, const struct bp_unwind *unwind)
{
    size_t size = bp_sites_memory(text.len);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct bp_sites sites;
    u32 last_end = 0;

    bp_sites_find(&sites, text, unwind, below(2), memory);
    for (u32 i = 0; i < sites.count; i++) {
        check_site(&text, &sites.items[i], last_end);
        last_end = sites.items[i].start + sites.items[i].len;
    }
    munmap(memory, size);
}

/* ---- inputs ---- */

static void fill(u8 *bytes, u64 len)
{
    static const u8 likely_bytes[] = {0x0f, 0x05, 0xb8, 0x48, 0xc7, 0xc0, 0x3d, 0xe8,
                                      0xe9, 0xeb, 0x74, 0x80, 0x90, 0xc3, 0x66, 0xf3,
                                      0xff, 0x62, 0xc4, 0xc5, 0x00, 0x25, 0x05, 0x24};

    for (u64 i = 0; i < len; i++)
        bytes[i] = below(3) ? likely_bytes[below(sizeof(likely_bytes))] : (u8)next();
}

static void fuzz_random(void)
{
    u8 bytes[600];
    u64 len = below(sizeof(bytes));
    struct bp_view text;

    fill(bytes, len);
    text = copy(bytes, len, below(2) ? 0x400000 : next());
    for (u64 i = 0; i < len; i++)
        check_insn(text.data + i, len - i);
    check_text(text, NULL);
    drop(text);
}

static void damage(const struct bp_view *view, u32 times)
{
    for (u32 i = 0; i < times && view->len; i++) {
        u64 at = below(view->len), value = next();

        memcpy((u8 *)view->data + at, &value, BP_MIN(1 + below(8), view->len - at));
    }
}

/* A piece of real text, and a piece of the tables around their header, both damaged. */
static void fuzz_file(const struct elf_views *file)
{
    const struct bp_view *whole = &file->texts[0];
    u64 from = below(whole->len), len = BP_MIN(below(20000), whole->len - from);
    struct bp_view text = copy(whole->data + from, len, whole->addr + from);
    u64 cut = below(8) ? file->tables.len : below(file->tables.len);
    struct bp_view tables = copy(file->tables.data, cut, file->tables.addr);
    struct bp_unwind unwind;

    damage(&text, (u32)below(40));
    if (below(2))
        damage(&tables, (u32)below(2000));
    if (below(4) == 0 && file->header - tables.addr + 12 < tables.len) {
        u64 value = next();

        memcpy((u8 *)tables.data + (file->header - tables.addr) + below(12), &value, below(4));
    }
    check_text(text, bp_unwind_init(&unwind, tables, file->header) ? &unwind : NULL);
    drop(tables);
    drop(text);
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 8, start = now();
    struct elf_views file;
    u64 rounds = 0;
    bool real = elf_views_open(&file, "/lib/x86_64-linux-gnu/libc.so.6") && file.header;

    if (argc > 2)
        state ^= strtoull(argv[2], NULL, 0) * 0x9e3779b97f4a7c15ULL;
    for (; now() - start < seconds; rounds++) {
        if (real && rounds % 8 == 0)
            fuzz_file(&file);
        else
            fuzz_random();
    }
    check(!bad_sites, "%lu rounds, %lu sites, %lu wrong", rounds, sites_found, bad_sites);
    return failures ? 1 : 0;
}
