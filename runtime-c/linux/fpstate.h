/*
 * The floating-point and vector state in signal frames: an XSAVE image of the standard format on
 * the program's stack, with the kernel's description of it in the bytes that FXSAVE leaves to
 * software (struct _fpx_sw_bytes of asm/sigcontext.h), so that programs can read and change it.
 */
#ifndef BP_LINUX_FPSTATE_H
#define BP_LINUX_FPSTATE_H

#include "base/base.h"

enum {
    BP_FPSTATE_ALIGN = 64
};

/* Bytes that an image takes on the stack. */
u32 bp_fpstate_size(void);

/*
 * Writes the program's state, which is in the registers, to its memory at addr. Without live
 * registers (a call from a site where they are proven dead) only the control words are the
 * program's, and the rest is written as initial. Returns 0 or -EFAULT.
 */
int bp_fpstate_save(u64 addr, bool live);

/*
 * Loads the state that a frame holds (addr 0: the initial state). Returns 0, or -EFAULT for a
 * malformed image.
 */
int bp_fpstate_restore(u64 addr);

/* Sets the registers to what a handler begins with. */
void bp_fpstate_reset(void);

#endif
