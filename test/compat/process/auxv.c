/*
 * The auxiliary vector tells the truth about this program.
 *
 * variants: all
 */
#include "compat.h"
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

extern char _start[];

int main(int argc, char **argv, char **envp)
{
    const ElfW(Phdr) *phdr = (void *)getauxval(AT_PHDR);
    const unsigned char *vdso = (void *)getauxval(AT_SYSINFO_EHDR);
    const unsigned char *seed = (void *)getauxval(AT_RANDOM);
    ElfW(auxv_t) * auxv;
    unsigned long sum = 0;

    (void)argc;
    while (*envp)
        envp++;
    auxv = (void *)(envp + 1);
    CHECK(phdr);
    SHOW(getauxval(AT_PAGESZ));
    SHOW(getauxval(AT_PHENT));
    SHOW(getauxval(AT_CLKTCK));
    SHOW(getauxval(AT_SECURE));
    SHOW(getauxval(AT_ENTRY) == (unsigned long)_start);
    SHOW(strcmp((char *)getauxval(AT_PLATFORM), "x86_64"));
    SHOW(strcmp((char *)getauxval(AT_EXECFN), argv[0]));
    SHOW(getauxval(AT_UID) == getuid() && getauxval(AT_EGID) == getegid());
    SHOW(vdso && memcmp(vdso, ELFMAG, SELFMAG) == 0);
    CHECK(seed);
    for (int i = 0; i < 16; i++)
        sum += seed[i];
    CHECK(sum != 0);
    for (; auxv->a_type != AT_NULL; auxv++)
        if (auxv->a_type == AT_PHNUM)
            CHECK(auxv->a_un.a_val > 3 && auxv->a_un.a_val < 32);
    CHECK((getauxval(AT_HWCAP2) & 2) == 0 || __builtin_cpu_supports("sse2"));
    return 0;
}
