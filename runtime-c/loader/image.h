/* Mapping the segments of an ELF file into a slot. */
#ifndef BP_LOADER_IMAGE_H
#define BP_LOADER_IMAGE_H

#include "loader/elf.h"
#include "memory/slot.h"

struct bp_image {
    u64 bias;       /* run-time address minus linked address */
    u64 start, end; /* its pages */
    u64 entry;
    u64 phdr; /* program headers, 0 when they are not mapped */
    u16 phnum;
};

/*
 * Maps an image that bp_elf_parse accepted; its text is patched. Returns 0, or a sentence in *why
 * and -EEXIST when the fixed addresses of the image are taken, -ENOMEM, or what else mmap(2) says.
 * Pieces may stay mapped after a failure.
 */
int bp_image_map(struct bp_slot *slot, const struct bp_elf *elf, int fd, struct bp_image *image,
                 const char **why);

#endif
