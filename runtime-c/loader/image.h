/* Mapping the segments of an ELF file into a slot. */
#ifndef BP_LOADER_IMAGE_H
#define BP_LOADER_IMAGE_H

#include "loader/elf.h"
#include "memory/slot.h"

struct bp_image {
    u64 bias;  /* run-time address minus linked address */
    u64 entry;
    u64 phdr;  /* run-time address of the program headers, 0 when they are not mapped */
};

/* Returns 0, or negative errno with a sentence in *why. */
int bp_image_map(struct bp_slot *slot, const struct bp_elf *elf, struct bp_image *image,
                 const char **why);

#endif
