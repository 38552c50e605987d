/* The smallest interesting program: position-independent, one text and one data segment, ends with status 42. */
#ifndef TEST_RUNTIME_TINY_ELF_H
#define TEST_RUNTIME_TINY_ELF_H

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { TINY_STATUS = 42, TINY_TEXT, TINY_DATA, TINY_STACK, TINY_PHDRS = 3 };

struct tiny_elf {
    Elf64_Ehdr ehdr;
    Elf64_Phdr text, data, stack;
    Elf64_Phdr spare; /* behind the table */
    char linker[64];
    unsigned char code[16];
    char pad[4096];
    char bytes[64];
};

__attribute__((unused)) static struct tiny_elf tiny_elf(void)
{
    /* mov $60, %eax; mov $42, %edi; syscall */
    static const unsigned char code[16] = {0xb8, 60, 0, 0, 0, 0xbf, TINY_STATUS, 0, 0, 0, 0x0f, 0x05};
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
                .e_phnum = TINY_PHDRS,
            },
        .text = {PT_LOAD, PF_R | PF_X, 0, 0, 0, offsetof(struct tiny_elf, pad),
                 offsetof(struct tiny_elf, pad), 4096},
        .data = {PT_LOAD, PF_R | PF_W, offsetof(struct tiny_elf, bytes),
                 0x2000 + offsetof(struct tiny_elf, bytes) % 4096, 0, 64, 0x3000, 4096},
        .stack = {PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16},
    };

    memcpy(e.code, code, sizeof(code));
    memset(e.bytes, 'd', sizeof(e.bytes));
    return e;
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
