/* The initial stack of a program: System V ABI for AMD64, section 3.4.1. */
#ifndef BP_LOADER_STACK_H
#define BP_LOADER_STACK_H

#include "loader/image.h"
#include "loader/load.h"

struct bp_stack_request {
    const char *const *prefix; /* arguments before argv (a script's interpreter), NULL-terminated, or NULL */
    const char *const *argv;   /* the first argv[0] is dropped when skip_first */
    bool skip_first;
    const char *const *envp;
    const char *execfn;
    const struct bp_load_request *load;
    const struct bp_image *program;
    u16 phnum;
    u64 interp_base; /* AT_BASE, 0 for static programs */
};

/* Maps the stack and fills it. Returns 0 with the stack pointer, -E2BIG, -ENOMEM. */
long bp_stack_build(struct bp_slot *slot, const struct bp_stack_request *request, u64 *sp);

#endif
