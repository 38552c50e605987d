/*
 * Address-space slots: every program of the process keeps all its mappings in one slot of its own
 * (except what it maps at fixed addresses elsewhere), so that a fork can leave the neighbours out
 * and an exit can drop everything at once.
 *
 * Layout of a slot: [code, 1.75 GiB: images and libraries] [thunks, 64 MiB: every image reaches
 * them by a 32-bit jump] [thunks of shared text: each page as far from its text as any other] [heap
 * of brk] [everything else, handed out downwards from the top; main stack first].
 */
#ifndef BP_MEMORY_SLOT_H
#define BP_MEMORY_SLOT_H

#include "base/base.h"
#include "base/lock.h"
#include "memory/account.h"
#include "memory/ranges.h"

#define BP_SLOT_SIZE (1ULL << 40)
#define BP_SLOT_BASE 0x200000000000ULL

/* Most bytes of the thunks of one shared text. */
#define BP_SLOT_SHARED_MAX (1ULL << 20)

struct bp_thunk_pool {
    u64 start, next, mapped, end; /* [start, next) handed out, [start, mapped) mapped */
};

struct bp_slot {
    u32 index;
    u64 base, end;
    struct bp_thunk_pool thunks; /* reached from every image in the code part */
    struct bp_thunk_pool
        far_thunks;   /* near an image at fixed addresses outside the slot; empty until needed */
    bool thunks_trap; /* a thread has a GS base of its own: thunks begin with a breakpoint */
    u64 brk_start, brk, brk_limit;
    u64 stack_start, stack_size; /* of the first thread; 0: none yet */
    u32 stack_node;              /* where it lies (memory/node.h) */
    struct bp_ranges free_code;  /* free addresses of the code part, */
    struct bp_ranges free_data;  /* and of the part behind the heap */
    struct bp_ranges outside;    /* what the program mapped at fixed addresses outside its slot */
    struct bp_account account;   /* of all that it mapped, against its limits */
    u32 lock_flags;              /* MCL_FUTURE, MCL_ONFAULT: of mlockall(2) */
    struct bp_lock lock;
};

/* Takes a free slot. Returns NULL when BP_APPS_MAX slots are in use or memory is short. */
struct bp_slot *bp_slot_create(void);

/* Unmaps everything in the slot and gives it back. Nothing of the program runs any more. */
void bp_slot_destroy(struct bp_slot *slot);

/*
 * mmap(2), munmap(2), mprotect(2), mremap(2), brk(2) of a program in its slot, within its limits.
 * An address without MAP_FIXED is a hint that may be ignored, as Linux documents; MAP_FIXED and
 * MAP_32BIT are obeyed, but never over the runtime or a neighbour (-ENOMEM). A private mapping of a
 * file lands in the code part, so that images are within reach of their thunks. Each returns the
 * address (or 0) or negative errno.
 */
long bp_slot_mmap(struct bp_slot *slot, u64 addr, u64 len, int prot, int flags, int fd, u64 offset);
long bp_slot_munmap(struct bp_slot *slot, u64 addr, u64 len);
long bp_slot_mprotect(struct bp_slot *slot, u64 addr, u64 len, int prot);
long bp_slot_mremap(struct bp_slot *slot, u64 addr, u64 old_len, u64 new_len, int flags,
                    u64 new_addr);
u64 bp_slot_brk(struct bp_slot *slot, u64 addr);

/* mlockall(2): flags are MCL_*, 0 is munlockall(2). Returns 0, or negative errno with nothing more
 * locked than before the piece that failed. */
long bp_slot_lock_all(struct bp_slot *slot, u32 flags);

/* The pages of [addr, addr + len) never count as data: they are shared, or a stack that grows. */
void bp_slot_exempt(struct bp_slot *slot, u64 addr, u64 len);

/* Whether [addr, addr + len) lies in the slot, or in what the program mapped outside it. */
bool bp_slot_owns(const struct bp_slot *slot, u64 addr, u64 len);

/* Whether bp_slot_destroy would leave nothing mapped in [start, end), which lies outside all slots.
 */
bool bp_slot_would_free(const struct bp_slot *slot, u64 start, u64 end);

/*
 * Before a fork: only this slot's memory is inherited (MADV_DONTFORK on the others). After it, in
 * the parent: as before. In the child: the others do not exist.
 */
void bp_slots_hide_others(const struct bp_slot *slot);
void bp_slots_show_others(const struct bp_slot *slot);
void bp_slots_forget_others(const struct bp_slot *slot);

/* The first thread's stack is mapped, and not touched yet: it is to be on the caller's node. */
void bp_slot_place_stack(struct bp_slot *slot, u64 start, u64 size);

/* Calls each for the stacks of all programs' first threads, and the nodes that they are on. */
void bp_slots_each_stack(void (*each)(const void *memory, size_t size, u32 node, void *context),
                         void *context);

/* Whether an address lies in the thunks of any slot. */
bool bp_slot_is_thunk(u64 addr);

/*
 * len bytes for a thunk, writable by the runtime and executable, within reach of a 32-bit jump from
 * text (and back); NULL when there is no room.
 */
u8 *bp_slot_thunk_alloc(struct bp_slot *slot, u64 text, u32 len);

/* Where the thunks of shared text lie: always as far from it. */
u64 bp_slot_shared_thunks(u64 text);

/*
 * Maps the thunks of shared text, len bytes (a multiple of the page) of fd from offset, privately,
 * writable by the runtime. Returns their address, or 0 when the text is to be patched for itself.
 */
u64 bp_slot_map_shared_thunks(struct bp_slot *slot, u64 text, u64 len, int fd, u64 offset);

#endif
