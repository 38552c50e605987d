/* A small program: position-independent, one text and one data segment, ends with status 42. */
#ifndef TEST_RUNTIME_TINY_ELF_H
#define TEST_RUNTIME_TINY_ELF_H

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum {
    TINY_STATUS = 42,
};

struct tiny_elf {
    Elf64_Ehdr ehdr;
    Elf64_Phdr text, data, stack;
    Elf64_Phdr spare; /* behind the table */
    char linker[64];
    unsigned char code[16];
    char pad[4096];
    char bytes[64];
};

#define TINY_TEXT_END offsetof(struct tiny_elf, pad)
#define TINY_DATA_OFFSET offsetof(struct tiny_elf, bytes)
#define TINY_DATA_VADDR (0x2000 + TINY_DATA_OFFSET % 4096)

__attribute__((unused)) static struct tiny_elf tiny_elf(void)
{
    /* mov $60, %eax; mov $42, %edi; syscall */
    static const unsigned char code[] = {
        0xb8, 60, 0, 0, 0, 0xbf, TINY_STATUS, 0, 0, 0, 0x0f, 0x05,
    };
    struct tiny_elf e = {
        .ehdr =
            {
                .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                .e_type = ET_DYN,
                .e_machine = EM_X86_64,
                .e_version = EV_CURRENT,
                .e_entry = offsetof(struct tiny_elf, code),
                .e_phoff = offsetof(struct tiny_elf, text),
                .e_ehsize = sizeof(Elf64_Ehdr),
                .e_phentsize = sizeof(Elf64_Phdr),
                .e_phnum = 3,
            },
        .text =
            {
                .p_type = PT_LOAD,
                .p_flags = PF_R | PF_X,
                .p_filesz = TINY_TEXT_END,
                .p_memsz = TINY_TEXT_END,
                .p_align = 4096,
            },
        .data =
            {
                .p_type = PT_LOAD,
                .p_flags = PF_R | PF_W,
                .p_offset = TINY_DATA_OFFSET,
                .p_vaddr = TINY_DATA_VADDR,
                .p_filesz = 64,
                .p_memsz = 0x3000,
                .p_align = 4096,
            },
        .stack = {.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16},
        .linker = "/lib/ld.so",
    };

    memcpy(e.code, code, sizeof(code));
    memset(e.bytes, 'd', sizeof(e.bytes));
    return e;
}

/* Makes the program ask for a dynamic linker. */
__attribute__((unused)) static void set_linker(struct tiny_elf *e, const char *name)
{
    size_t size = strlen(name) + 1;

    memcpy(e->linker, name, size);
    e->stack = (Elf64_Phdr){
        .p_type = PT_INTERP,
        .p_flags = PF_R,
        .p_offset = offsetof(struct tiny_elf, linker),
        .p_filesz = size,
        .p_memsz = size,
        .p_align = 1,
    };
}

/* Writes size bytes as an executable file. */
__attribute__((unused)) static int write_program(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        return -1;
    return close(fd);
}

#endif
