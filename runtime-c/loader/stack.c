#include "loader/stack.h"
#include "base/host.h"
#include "entry/entry.h"

#include <elf.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    STRING_BYTES_MAX = 128 << 10, /* one argument with its NUL; Linux's MAX_ARG_STRLEN */
    ALL_BYTES_MIN = 128 << 10,    /* what all together may take with the smallest stack, */
    ALL_BYTES_MAX = 6 << 20,      /* and with the largest; between: a quarter of the stack */
    GUARD_BYTES = 1 << 20,        /* unmapped below the stack, as Linux's stack_guard_gap */
    RANDOM_BYTES = 16,
    AUXV_WORDS = 2 * 24,
};

/* What the strings need; found before anything is mapped. */
struct counts {
    u64 args, envs, bytes;
};

/* Where the parts that the auxiliary vector points to have been put. */
struct places {
    u64 random, platform, execfn;
};

/* The arguments that follow the front, which took the place of argv[0]. */
static const char *const *rest_of_argv(const struct bp_load_request *load)
{
    return load->argv[0] ? load->argv + 1 : load->argv;
}

/* ---- measuring ---- */

static bool count_string(const char *string, u64 *number, u64 *bytes)
{
    u64 len = strlen(string) + 1;

    *bytes += len;
    (*number)++;
    return len <= STRING_BYTES_MAX;
}

static bool count_all(const struct bp_stack_request *r, struct counts *c)
{
    u64 names = 0;
    bool ok = true;

    *c = (struct counts){0};
    for (u32 i = 0; ok && i < r->front_count; i++)
        ok = count_string(r->front[i], &c->args, &c->bytes);
    for (const char *const *arg = rest_of_argv(r->load); ok && *arg; arg++)
        ok = count_string(*arg, &c->args, &c->bytes);
    for (const char *const *env = r->load->envp; ok && *env; env++)
        ok = count_string(*env, &c->envs, &c->bytes);
    return ok && count_string(r->load->execfn, &names, &c->bytes);
}

static bool measure(const struct bp_stack_request *r, struct counts *c)
{
    u64 limit = BP_MAX(BP_MIN(r->load->stack_size / 4, (u64)ALL_BYTES_MAX), (u64)ALL_BYTES_MIN);

    return count_all(r, c) && c->bytes + (c->args + c->envs) * sizeof(u64) <= limit;
}

/* ---- filling ---- */

/* Copies one string upwards and notes where it is. */
static void put_string(char **to, const char *string, u64 **pointers)
{
    size_t len = strlen(string) + 1;

    memcpy(*to, string, len);
    *(*pointers)++ = (u64)*to;
    *to += len;
}

static void put_auxv(u64 *at, const struct bp_stack_request *r, const struct places *places)
{
    const struct bp_load_request *load = r->load;
    /*
     * No AT_RSEQ_*: libcs then leave restartable sequences alone. No FSGSBASE: programs that
     * believe in it would change segment bases behind the runtime's back.
     */
    const u64 entries[][2] = {
        {AT_SYSINFO_EHDR, load->auxv->vdso},
        {AT_MINSIGSTKSZ, load->auxv->minsigstksz},
        {AT_HWCAP, load->auxv->hwcap},
        {AT_PAGESZ, BP_PAGE_SIZE},
        {AT_CLKTCK, load->auxv->clktck},
        {AT_PHDR, r->program->phdr},
        {AT_PHENT, sizeof(Elf64_Phdr)},
        {AT_PHNUM, r->program->phnum},
        {AT_BASE, r->linker_base},
        {AT_FLAGS, 0},
        {AT_ENTRY, r->program->entry},
        {AT_UID, load->uid},
        {AT_EUID, load->euid},
        {AT_GID, load->gid},
        {AT_EGID, load->egid},
        {AT_SECURE, load->uid != load->euid || load->gid != load->egid},
        {AT_RANDOM, places->random},
        {AT_HWCAP2, load->auxv->hwcap2 & ~(u64)BP_HWCAP2_FSGSBASE},
        {AT_EXECFN, places->execfn},
        {AT_PLATFORM, places->platform},
        {AT_NULL, 0},
    };

    BP_STATIC_ASSERT(sizeof(entries) <= AUXV_WORDS * sizeof(u64), "the room that fill() leaves");
    for (u32 i = 0; i < ARRAY_SIZE(entries); i++) {
        bool host_lacks_it = entries[i][0] == AT_SYSINFO_EHDR || entries[i][0] == AT_MINSIGSTKSZ;

        if (host_lacks_it && !entries[i][1])
            continue;
        *at++ = entries[i][0];
        *at++ = entries[i][1];
    }
}

/*
 * From high to low: a zero word, the file's name, environment, arguments, random bytes, platform |
 * auxiliary vector, environment pointers, argument pointers, their number at the stack pointer.
 * Arguments and environment adjoin in this order, which programs that overwrite them to change
 * their title count on.
 */
static u64 fill(const struct bp_stack_request *r, const struct counts *c, u64 top, const u8 *random)
{
    static const char platform[] = "x86_64";
    u64 strings = top - sizeof(u64) - c->bytes;
    struct places places = {
        .random = BP_ALIGN_DOWN(strings - RANDOM_BYTES, 16ULL),
        .platform = BP_ALIGN_DOWN(strings - RANDOM_BYTES, 16ULL) - 16,
    };
    u64 words = 1 + c->args + 1 + c->envs + 1 + AUXV_WORDS;
    u64 *sp = (u64 *)BP_ALIGN_DOWN(places.platform - words * sizeof(u64), 16ULL), *at = sp;
    u64 *name = &places.execfn;
    char *to = (char *)strings;

    memcpy((void *)places.random, random, RANDOM_BYTES);
    memcpy((void *)places.platform, platform, sizeof(platform));
    *at++ = c->args;
    for (u32 i = 0; i < r->front_count; i++)
        put_string(&to, r->front[i], &at);
    for (const char *const *arg = rest_of_argv(r->load); *arg; arg++)
        put_string(&to, *arg, &at);
    *at++ = 0;
    for (const char *const *env = r->load->envp; *env; env++)
        put_string(&to, *env, &at);
    *at++ = 0;
    put_string(&to, r->load->execfn, &name);
    put_auxv(at, r, &places);
    return (u64)sp;
}

long bp_stack_build(struct bp_slot *slot, const struct bp_stack_request *request, u64 *sp)
{
    /* Room for the smallest limit on strings even where the stack's own limit is smaller. */
    u64 size =
        BP_ALIGN_UP(BP_MAX(request->load->stack_size, (u64)2 * ALL_BYTES_MIN), (u64)BP_PAGE_SIZE);
    int prot = PROT_READ | PROT_WRITE | (request->executable ? PROT_EXEC : 0);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
    struct counts counts;
    u8 random[RANDOM_BYTES];
    long base;

    if (!measure(request, &counts))
        return -E2BIG;
    if (bp_host(SYS_getrandom, random, sizeof(random), 0) != sizeof(random))
        return -EIO;
    base = bp_slot_mmap(slot, 0, GUARD_BYTES + size, PROT_NONE, flags, -1, 0);
    if (!bp_is_error(base))
        base = bp_slot_mmap(slot, (u64)base + GUARD_BYTES, size, prot, flags | MAP_FIXED, -1, 0);
    if (bp_is_error(base))
        return base;
    bp_slot_exempt(slot, (u64)base, size);
    bp_slot_place_stack(slot, (u64)base, size);
    *sp = fill(request, &counts, (u64)base + size, random);
    return 0;
}
