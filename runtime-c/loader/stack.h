/* The initial stack of a program: System V ABI for AMD64, section 3.4.1; getauxval(3). */
#ifndef BP_LOADER_STACK_H
#define BP_LOADER_STACK_H

#include "loader/image.h"
#include "loader/load.h"

struct bp_stack_request {
    const struct bp_load_request *load;
    /* What takes the place of argv[0]: for a script, its interpreter and so on. */
    const char *const *front;
    u32 front_count;
    const struct bp_image *program;
    u64 linker_base; /* AT_BASE, 0 when there is no dynamic linker */
    bool executable;
};

/*
 * Maps the stack with a guard below and fills it. Returns 0 with the stack pointer in *sp; -E2BIG
 * when a string or all of them are longer than Linux allows; -ENOMEM.
 */
long bp_stack_build(struct bp_slot *slot, const struct bp_stack_request *request, u64 *sp);

#endif
