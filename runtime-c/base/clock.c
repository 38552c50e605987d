#include "base/clock.h"
#include "base/host.h"
#include "base/log.h"

#include <elf.h>
#include <sys/syscall.h>
#include <time.h>

typedef int (*clock_gettime_fn)(clockid_t id, struct timespec *ts);

static int clock_by_syscall(clockid_t id, struct timespec *ts)
{
    return (int)bp_host(SYS_clock_gettime, id, ts);
}

static clock_gettime_fn read_clock = clock_by_syscall;

/* The dynamic section's tables that symbol lookup needs, relocated to where the vDSO is mapped. */
struct vdso {
    u64 bias;
    const Elf64_Sym *symbols;
    const char *strings;
    u32 symbol_count;
};

static bool vdso_parse(u64 base, struct vdso *v)
{
    const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)base;
    const Elf64_Phdr *phdr = (const Elf64_Phdr *)(base + ehdr->e_phoff);
    const Elf64_Dyn *dynamic = NULL;
    const u32 *hash = NULL;

    for (int i = 0; i < ehdr->e_phnum; i++) {
        if (phdr[i].p_type == PT_LOAD)
            v->bias = base + phdr[i].p_offset - phdr[i].p_vaddr;
        else if (phdr[i].p_type == PT_DYNAMIC)
            dynamic = (const Elf64_Dyn *)(base + phdr[i].p_offset);
    }
    for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_SYMTAB)
            v->symbols = (const Elf64_Sym *)(v->bias + dynamic->d_un.d_ptr);
        else if (dynamic->d_tag == DT_STRTAB)
            v->strings = (const char *)(v->bias + dynamic->d_un.d_ptr);
        else if (dynamic->d_tag == DT_HASH)
            hash = (const u32 *)(v->bias + dynamic->d_un.d_ptr);
    }
    if (!v->symbols || !v->strings)
        return false;
    /* DT_HASH states the number of symbols; newer vDSOs have only DT_GNU_HASH: the string table
     * follows the symbols. */
    v->symbol_count =
        hash ? hash[1] : (u32)(((u64)v->strings - (u64)v->symbols) / sizeof(Elf64_Sym));
    return true;
}

static u64 start_ns, start_tsc;

static void find_in_vdso(u64 vdso_base)
{
    struct vdso v = {0};

    if (!vdso_base || !vdso_parse(vdso_base, &v))
        return;
    for (u32 i = 0; i < v.symbol_count; i++) {
        if (v.symbols[i].st_value &&
            !strcmp(v.strings + v.symbols[i].st_name, "__vdso_clock_gettime"))
            read_clock = (clock_gettime_fn)(v.bias + v.symbols[i].st_value);
    }
}

void bp_clock_init(u64 vdso_base)
{
    find_in_vdso(vdso_base);
    start_ns = bp_now();
    start_tsc = bp_tsc();
}

/*
 * The rate as a 32.32 fixed-point number, measured once, at the first use: over all the time since
 * the start, and at least a millisecond. It must not change afterwards, or processor time would run
 * backwards.
 */
static u64 tsc_rate(void)
{
    static u64 rate;
    u64 known = READ_ONCE(rate), ns, tsc;

    if (likely(known))
        return known;
    do {
        ns = bp_now() - start_ns;
        tsc = bp_tsc() - start_tsc;
    } while (ns < BP_NSEC_PER_MSEC);
    for (; ns >> 32; ns >>= 1)
        tsc >>= 1;
    __atomic_compare_exchange_n(&rate, &known, (ns << 32) / tsc, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
    return READ_ONCE(rate);
}

u64 bp_tsc_to_ns(u64 ticks)
{
    return (u64)((unsigned __int128)ticks * tsc_rate() >> 32);
}

static u64 read_ns(clockid_t id)
{
    struct timespec ts = {0};

    read_clock(id, &ts);
    return (u64)ts.tv_sec * BP_NSEC_PER_SEC + (u64)ts.tv_nsec;
}

u64 bp_now(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

u64 bp_now_realtime(void)
{
    return read_ns(CLOCK_REALTIME);
}
