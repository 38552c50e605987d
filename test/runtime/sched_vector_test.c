// sources: runtime-c/sched/vector.c
/* Vector registers over a save and a restore, in both formats of XSAVE. */
#include "sched/vector.h"
#include "check.h"

#include <stdlib.h>

static void *area;

static void set_registers(u64 seed)
{
    __asm__ volatile("movq %0, %%xmm0\n\tmovq %0, %%xmm15" : : "r"(seed) : "xmm0", "xmm15");
    bp_set_mxcsr(BP_MXCSR_DEFAULT | (u32)(seed & 1) << 13); /* rounds down, or to nearest */
}

static bool registers_are(u64 seed)
{
    u64 first, last;

    __asm__ volatile("movq %%xmm0, %0\n\tmovq %%xmm15, %1" : "=r"(first), "=r"(last));
    return first == seed && last == seed &&
           bp_get_mxcsr() == (BP_MXCSR_DEFAULT | (u32)(seed & 1) << 13);
}

static void test_round_trip(const char *format)
{
    memset(area, 0, bp_vector_area_size());
    bp_vector_restore(area); /* FNINIT may leave the x87 unit "in use" (Intel SDM vol. 1, 13.6) */
    set_registers(0x1234567);
    bp_vector_save(area);
    set_registers(42);
    bp_vector_restore(area);
    check(registers_are(0x1234567), "%s: registers come back", format);
    check(!bp_vector_has_x87(area), "%s: the x87 unit was in its initial state", format);

    __asm__ volatile("fld1");
    bp_vector_save(area);
    bp_fpu_reset();
    check(bp_vector_has_x87(area), "%s: the x87 unit has a value", format);
}

int main(void)
{
    if (bp_vector_init())
        return 77;
    area = aligned_alloc(BP_CACHE_LINE, bp_vector_area_size());
    if (bp_vector_compacts)
        test_round_trip("compacted");
    bp_vector_compacts = false;
    test_round_trip("standard");
    bp_set_mxcsr(BP_MXCSR_DEFAULT);
    return failures != 0;
}
