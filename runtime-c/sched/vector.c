#include "sched/vector.h"

#include <cpuid.h>
#include <errno.h>

/* Bits of XCR0 (Intel SDM vol. 1, 13.1): x87, SSE, AVX, opmask, ZMM_Hi256, Hi16_ZMM. */
enum {
    KEPT_COMPONENTS = 0xe7
};

/* CPUID (Intel SDM vol. 2): leaf 1, ECX; leaf 0xd, sub-leaf 1, EAX. */
enum {
    OSXSAVE = 1 << 27,
    XSAVEC = 1 << 1
};

u64 bp_vector_mask;
bool bp_vector_compacts;
static size_t area_size;

static u64 read_xcr0(void)
{
    u32 lo, hi;

    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return (u64)hi << 32 | lo;
}

int bp_vector_init(void)
{
    u32 a, b, c, d;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE))
        return -ENOSYS;
    bp_vector_compacts = __get_cpuid_count(0xd, 1, &a, &b, &c, &d) && a & XSAVEC;
    bp_vector_mask = read_xcr0() & KEPT_COMPONENTS;
    /* The standard format's size for all enabled components bounds the compacted one. */
    __get_cpuid_count(0xd, 0, &a, &b, &c, &d);
    area_size = BP_ALIGN_UP((size_t)b, (size_t)BP_CACHE_LINE);
    return 0;
}

size_t bp_vector_area_size(void)
{
    return area_size;
}

/* XRSTOR faults on garbage in the header, bytes 512 to 575. */
void bp_vector_area_init(void *area)
{
    memset((char *)area + 512, 0, 64);
}
