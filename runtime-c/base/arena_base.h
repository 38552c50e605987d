/* Where the arena lies (memory/arena.h): plain numbers, for C and for the assembler. */
#ifndef BP_BASE_ARENA_BASE_H
#define BP_BASE_ARENA_BASE_H

/* Far from where the kernel places mappings and from the programs' slots (memory/slot.h). */
#define BP_ARENA_BASE 0x100000000000
#define BP_ARENA_SHIFT 40 /* it has 1 TiB of addresses of its own, however much is mapped */

#endif
