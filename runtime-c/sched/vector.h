/*
 * The program's vector and floating-point state. The runtime itself uses general registers only, so
 * this state stays in the registers over a system call; it moves only when another thread is
 * switched in.
 *
 * Over a call from a site where no vector register is live (entry/sites.h proves that at mapping
 * time) only the control words must survive: the System V ABI makes them callee-saved and all
 * vector registers caller-saved. It also has the x87 register stack empty there, so a thread that
 * leaves values on that stack is not switched away without clearing it.
 */
#ifndef BP_SCHED_VECTOR_H
#define BP_SCHED_VECTOR_H

#include "base/base.h"

enum {
    BP_MXCSR_DEFAULT = 0x1f80,
    BP_FPU_CW_DEFAULT = 0x37f,
    BP_FPU_FLAGS = 0x3f, /* exceptions in the x87 status word: sticky, a program asks for them by
                            fetestexcept(3) */
};

/* State components kept: x87, SSE, AVX, AVX-512 (opmask, ZMM_Hi256, Hi16_ZMM), as far as the CPU
 * has them. */
extern u64 bp_vector_mask;

/* Whether areas are saved in the compacted format, which leaves out what is in its initial state:
 * CPUs before Skylake, and emulated ones, have the standard format only. */
extern bool bp_vector_compacts;

/* Reads the CPU's abilities. Called once at start. Returns -ENOSYS when it has no XSAVE. */
int bp_vector_init(void);

/* Bytes of an area for bp_vector_save: 64-byte aligned, prepared by bp_vector_area_init. */
size_t bp_vector_area_size(void);
void bp_vector_area_init(void *area);

BP_INLINE void bp_vector_save(void *area)
{
    u32 low = (u32)bp_vector_mask, high = (u32)(bp_vector_mask >> 32);

    if (likely(bp_vector_compacts))
        __asm__ volatile("xsavec64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
    else
        __asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
}

BP_INLINE void bp_vector_restore(const void *area)
{
    __asm__ volatile("xrstor64 (%0)"
                     :
                     : "r"(area), "a"((u32)bp_vector_mask), "d"((u32)(bp_vector_mask >> 32))
                     : "memory");
}

/* Whether the x87 unit was not in its initial state when the area was saved (Intel SDM vol.
 * 1, 13.4.2: XSTATE_BV). */
BP_INLINE bool bp_vector_has_x87(const void *area)
{
    return *(const u64 *)((const char *)area + 512) & 1;
}

/* An empty register stack, no exceptions, and the control word BP_FPU_CW_DEFAULT. */
BP_INLINE void bp_fpu_reset(void)
{
    __asm__ volatile("fninit");
}

BP_INLINE u32 bp_get_mxcsr(void)
{
    u32 value;

    __asm__ volatile("stmxcsr %0" : "=m"(value));
    return value;
}

BP_INLINE void bp_set_mxcsr(u32 value)
{
    __asm__ volatile("ldmxcsr %0" : : "m"(value));
}

BP_INLINE u16 bp_get_fpu_cw(void)
{
    u16 value;

    __asm__ volatile("fnstcw %0" : "=m"(value));
    return value;
}

BP_INLINE void bp_set_fpu_cw(u16 value)
{
    __asm__ volatile("fldcw %0" : : "m"(value));
}

BP_INLINE u16 bp_get_fpu_sw(void)
{
    u16 value;

    __asm__ volatile("fnstsw %0" : "=a"(value));
    return value;
}

BP_INLINE void bp_fpu_clear_flags(void)
{
    __asm__ volatile("fnclex");
}

/* Raises exception flags; where one is not masked the program is told by its next x87 instruction.
 */
BP_INLINE void bp_fpu_raise_flags(u32 flags)
{
    u32 environment[7]; /* Intel SDM vol. 1, figure 8-9: control word, status word, tags, pointers
                         */

    __asm__ volatile("fnstenv %0" : "=m"(environment));
    environment[1] |= flags;
    __asm__ volatile("fldenv %0" : : "m"(environment));
}

#endif
