/*
 * Length and kind of one x86-64 instruction: what is needed to find system calls in machine code,
 * to know where the code around them branches to, and to move a few instructions elsewhere.
 * Operands are not decoded further.
 *
 * Source: Intel SDM volume 2, chapter 2 and appendix A (opcode maps); where AMD differs, such
 * encodings are invalid here. Known: legacy maps, VEX, EVEX, XOP. Not known, hence invalid: 3DNow!,
 * APX, what only a kernel executes (debug and control registers, VMX), and operands relative to
 * eip.
 */
#ifndef BP_ENTRY_INSN_H
#define BP_ENTRY_INSN_H

#include "base/base.h"

enum {
    BP_INSN_MAX = 15
}; /* bytes; the architecture's limit */

enum bp_insn_kind {
    BP_INSN_PLAIN,         /* goes on to the next instruction */
    BP_INSN_SYSCALL,       /* 0f 05 */
    BP_INSN_BRANCH,        /* conditional and relative: jcc, loop, jrcxz, xbegin */
    BP_INSN_JUMP,          /* relative */
    BP_INSN_CALL,          /* relative */
    BP_INSN_CALL_INDIRECT, /* through a register or memory; also far */
    BP_INSN_JUMP_INDIRECT,
    BP_INSN_RETURN,
    BP_INSN_STOP, /* what follows is not reached, or only by the kernel's doing: hlt, ud2, int3, int
                   */
};

enum bp_insn_flags {
    BP_INSN_VECTORS = 1, /* may read or write an x87, MMX, XMM, YMM, ZMM, mask or tile register */
    BP_INSN_READS_FLAGS = 2, /* consumes a status flag */
    BP_INSN_SETS_FLAGS = 4, /* gives the status flags new values (inc and dec: all but the carry) */
    BP_INSN_LANDING = 8,    /* endbr64: the target of an indirect branch */
};

struct bp_insn {
    u8 length;   /* in bytes, 1 to BP_INSN_MAX */
    u8 kind;     /* enum bp_insn_kind */
    u8 flags;    /* enum bp_insn_flags */
    u8 disp_at;  /* where the 32-bit displacement of an operand relative to rip begins; 0 when there
                    is none */
    u8 rel_size; /* bytes of a relative branch's displacement at the instruction's end: 0, 1 or 4 */
    s32 rel;     /* that displacement: the target is the instruction's end plus rel */
};

/*
 * Decodes the instruction at code; nothing at or behind end is read. Returns its length, or 0 when
 * the bytes are no instruction that is known here or do not end before end. *insn is complete only
 * then.
 */
u32 bp_insn_decode(struct bp_insn *insn, const u8 *code, const u8 *end);

#endif
