#include "loader/stack.h"
#include "base/host.h"

#include <elf.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    ARG_MAX_BYTES = 131072, /* Linux's MAX_ARG_STRLEN */
    GUARD_BYTES = 1 << 20,  /* unmapped below the stack */
    AUXV_MAX = 24,
};

/* Two passes over the strings: the first measures, the second copies from low to high. */
struct counts {
    u64 args, envs, bytes;
};

static int count_strings(const char *const *strings, u64 *number, u64 *bytes)
{
    for (; strings && *strings; strings++) {
        u64 len = strlen(*strings) + 1;

        if (len > ARG_MAX_BYTES)
            return -E2BIG;
        *bytes += len;
        (*number)++;
    }
    return 0;
}

static const char *const *rest_of_argv(const struct bp_stack_request *r)
{
    return r->skip_first && r->argv[0] ? r->argv + 1 : r->argv;
}

static int measure(const struct bp_stack_request *r, struct counts *c)
{
    *c = (struct counts){.bytes = strlen(r->execfn) + 1};
    if (count_strings(r->prefix, &c->args, &c->bytes) ||
        count_strings(rest_of_argv(r), &c->args, &c->bytes) ||
        count_strings(r->envp, &c->envs, &c->bytes))
        return -E2BIG;
    /* As Linux: strings and pointers may take a quarter of the stack. */
    return c->bytes + (c->args + c->envs) * 8 > r->load->stack_size / 4 ? -E2BIG : 0;
}

static char *put_strings(const char *const *strings, char *at, u64 **pointers)
{
    for (; strings && *strings; strings++) {
        size_t len = strlen(*strings) + 1;

        memcpy(at, *strings, len);
        *(*pointers)++ = (u64)at;
        at += len;
    }
    return at;
}

static u64 *put_auxv(u64 *at, const struct bp_stack_request *r, u64 execfn, u64 random, u64 platform)
{
    const struct bp_load_request *load = r->load;
    const u64 entries[][2] = {
        {AT_SYSINFO_EHDR, load->auxv->vdso},
        {AT_HWCAP, load->auxv->hwcap},
        {AT_PAGESZ, BP_PAGE_SIZE},
        {AT_CLKTCK, load->auxv->clktck},
        {AT_PHDR, r->program->phdr},
        {AT_PHENT, sizeof(Elf64_Phdr)},
        {AT_PHNUM, r->phnum},
        {AT_BASE, r->interp_base},
        {AT_FLAGS, 0},
        {AT_ENTRY, r->program->entry},
        {AT_UID, load->uid},
        {AT_EUID, load->euid},
        {AT_GID, load->gid},
        {AT_EGID, load->egid},
        {AT_SECURE, 0},
        {AT_RANDOM, random},
        /* Without FSGSBASE: programs must not change segment bases behind the runtime's back. */
        {AT_HWCAP2, load->auxv->hwcap2 & ~2ULL},
        {AT_EXECFN, execfn},
        {AT_PLATFORM, platform},
        {AT_MINSIGSTKSZ, load->auxv->minsigstksz},
    };

    BP_STATIC_ASSERT(ARRAY_SIZE(entries) < AUXV_MAX, "room for all");
    for (u32 i = 0; i < ARRAY_SIZE(entries); i++) {
        if (entries[i][0] == AT_SYSINFO_EHDR && !entries[i][1])
            continue;
        *at++ = entries[i][0];
        *at++ = entries[i][1];
    }
    *at++ = AT_NULL;
    *at++ = 0;
    return at;
}

/* From high to low: strings, random bytes, platform | auxv, envp, argv, argc at the stack pointer. */
static u64 fill(const struct bp_stack_request *r, const struct counts *c, u64 top)
{
    static const char platform[] = "x86_64";
    u64 strings = BP_ALIGN_DOWN(top - 8 - c->bytes, 16ULL);
    u64 random = strings - 16, platform_at = random - 16;
    u64 words = 1 + c->args + 1 + c->envs + 1 + 2 * AUXV_MAX;
    u64 *sp = (u64 *)BP_ALIGN_DOWN(platform_at - words * 8, 16ULL), *at = sp;
    char *string = (char *)strings;

    bp_host(SYS_getrandom, random, 16, 0);
    memcpy((void *)platform_at, platform, sizeof(platform));
    *at++ = c->args;
    string = put_strings(r->prefix, string, &at);
    string = put_strings(rest_of_argv(r), string, &at);
    *at++ = 0;
    string = put_strings(r->envp, string, &at);
    *at++ = 0;
    memcpy(string, r->execfn, strlen(r->execfn) + 1);
    put_auxv(at, r, (u64)string, random, platform_at);
    return (u64)sp;
}

long bp_stack_build(struct bp_slot *slot, const struct bp_stack_request *request, u64 *sp)
{
    u64 size = BP_ALIGN_UP(request->load->stack_size, (u64)BP_PAGE_SIZE);
    struct counts counts;
    long base;
    int ret = measure(request, &counts);

    if (ret)
        return ret;
    base = bp_slot_mmap(slot, 0, size + GUARD_BYTES, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (bp_is_error(base))
        return base;
    base = bp_slot_mmap(slot, (u64)base + GUARD_BYTES, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK | MAP_FIXED, -1, 0);
    if (bp_is_error(base))
        return base;
    *sp = fill(request, &counts, (u64)base + size);
    return 0;
}
