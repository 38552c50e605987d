// sources: runtime-c/entry/insn.c runtime-c/entry/unwind.c runtime-c/entry/flow.c runtime-c/entry/sites.c runtime-c/entry/vectors.c runtime-c/entry/thunk.c runtime-c/entry/patch.c runtime-c/memory/slot.c runtime-c/memory/node.c runtime-c/memory/account.c runtime-c/memory/ranges.c runtime-c/base/lock.c runtime-c/base/undo.c runtime-c/base/log.c runtime-c/base/uaccess.S
/*
 * Small functions with a system call each, run as they are and patched: registers, stack, red zone
 * and memory must come out the same. The table says which pattern each is to be patched with, or
 * that it must be left alone.
 */
#include "check.h"
#include "entry/patch.h"
#include "fake_entry.h"

#include <stdlib.h>
#include <string.h>

/* rdi holds the number of getppid (110), rsi points to writable memory, the other registers hold
 * marks. */
/* clang-format off */
__asm__(".text\n"
        ".globl cases_start, cases_end\n"
        ".p2align 12\n"
        "cases_start:\n"
        "    nop\n"
#define CASE(name, code) ".p2align 4\n.globl case_" #name "\ncase_" #name ":\n" code ".globl end_" #name "\nend_" #name ":\n"
        CASE(a, "mov $110, %eax\n syscall\n ret\n")
        CASE(a_flags_set_after, "mov $110, %eax\n syscall\n test %rax, %rax\n sete %dl\n ret\n")
        CASE(a_flags_used_after, "cmp %rdi, %rdi\n mov $110, %eax\n syscall\n sete %dl\n ret\n")
        CASE(a_loop_to_syscall, "mov $3, %ebx\n mov $110, %eax\n 1: syscall\n mov %rax, (%rsi)\n mov $110, %eax\n"
                                " dec %ebx\n jnz 1b\n ret\n")
        CASE(rex_before_b8, "mov %edi, %eax\n .byte 0x41, 0xb8, 110, 0, 0, 0\n syscall\n ret\n")
        CASE(number_too_large, "jmp 1f\n .byte 0xb8, 0, 4, 0, 0\n 1: mov %edi, %eax\n nop\n syscall\n nop\n ret\n")
        CASE(b, "mov $110, %rax\n syscall\n ret\n")
        CASE(signal_return, "cmp %rdi, %rdi\n je 1f\n movq $15, %rax\n syscall\n 1: ret\n")
        CASE(c, "mov %edi, %eax\n syscall\n cmp $-4096, %rax\n seta %dl\n ret\n")
        CASE(c_branch_to_cmp, "mov %edi, %eax\n cmp $1, %rsi\n je 1f\n syscall\n 1: cmp $-4096, %rax\n seta %dl\n ret\n")
        CASE(c_long_branch_to_cmp,
             "mov %edi, %eax\n cmp $1, %rsi\n .byte 0x0f, 0x84\n .long 1f - . - 4\n syscall\n 1: cmp $-4096, %rax\n"
             " seta %dl\n ret\n")
        CASE(d_before_one, "mov %rdi, %rax\n movl $7, 8(%rsi)\n syscall\n ret\n")
        CASE(d_before_two, "mov %rdi, %rax\n mov %rsi, %rbx\n syscall\n mov %rax, (%rbx)\n ret\n")
        CASE(d_before_rip, "mov %rdi, %rax\n 1: lea 1b(%rip), %rbx\n lea case_a(%rip), %rdx\n syscall\n"
                           " sub %rdx, %rbx\n xor %edx, %edx\n ret\n")
        CASE(d_around, "mov %rdi, %rax\n syscall\n ret\n")
        CASE(d_around_push, "push $110\n pop %rax\n syscall\n mov %rax, %rbx\n ret\n")
        CASE(d_behind_rip, "mov %edi, %eax\n syscall\n lea case_a(%rip), %rbx\n lea case_b(%rip), %rdx\n sub %rbx, %rdx\n"
                           " xor %ebx, %ebx\n ret\n")
        CASE(d_behind_memory, "mov %edi, %eax\n syscall\n mov %rax, 16(%rsi)\n ret\n")
        CASE(d_branch_before, "mov %edi, %eax\n cmp $1, %rsi\n jne 1f\n mov %rsi, %rbx\n 1: mov %rsi, %rdx\n syscall\n ret\n")
        CASE(d_red_zone, "mov %rsi, -8(%rsp)\n mov %rdi, -128(%rsp)\n mov %rdi, %rax\n mov %rdi, %rdx\n syscall\n"
                         " mov -8(%rsp), %rbx\n mov -128(%rsp), %rdx\n ret\n")
        CASE(d_stack_moves, "push %rdi\n mov (%rsp), %rax\n push %rsi\n syscall\n pop %rbx\n pop %rdx\n ret\n")
        CASE(call_behind, "mov %edi, %eax\n syscall\n call case_alone\n ret\n")
        CASE(jump_table, "lea 1f(%rip), %rbx\n jmp *%rbx\n mov %rdi, %rdx\n 1: mov %rdi, %rax\n syscall\n xor %ebx, %ebx\n ret\n")
        CASE(alone, "nop\n syscall\n jmp 1f\n 1: ret\n")
        "calls:\n"
#define CALL(name) "call case_" #name "\n"
        CALL(a) CALL(a_flags_set_after) CALL(a_flags_used_after) CALL(a_loop_to_syscall) CALL(rex_before_b8)
        CALL(number_too_large) CALL(b) CALL(signal_return) CALL(c) CALL(c_branch_to_cmp) CALL(c_long_branch_to_cmp)
        CALL(d_before_one) CALL(d_before_two) CALL(d_before_rip) CALL(d_around) CALL(d_around_push) CALL(d_behind_rip)
        CALL(d_behind_memory) CALL(d_branch_before) CALL(d_red_zone) CALL(d_stack_moves) CALL(call_behind)
        CALL(jump_table) CALL(alone) "call calls\n"
        ".p2align 12\n"
        "cases_end:\n");
/* clang-format on */

extern u8 cases_start[], cases_end[];

enum {
    LEFT = -1
};

struct test_case {
    const char *name;
    const u8 *start, *end;
    int pattern; /* enum bp_site_pattern or LEFT */
    bool kept;   /* the `syscall` */
};

#define ROWS                                \
    ROW(a, BP_SITE_A, true)                 \
    ROW(a_flags_set_after, BP_SITE_A, true) \
    ROW(a_flags_used_after, LEFT, true)     \
    ROW(a_loop_to_syscall, BP_SITE_A, true) \
    ROW(rex_before_b8, BP_SITE_D, true)     \
    ROW(number_too_large, LEFT, true)       \
    ROW(b, BP_SITE_B, true)                 \
    ROW(signal_return, LEFT, true)          \
    ROW(c, BP_SITE_C, false)                \
    ROW(c_branch_to_cmp, LEFT, true)        \
    ROW(c_long_branch_to_cmp, LEFT, true)   \
    ROW(d_before_one, BP_SITE_D, true)      \
    ROW(d_before_two, BP_SITE_D, true)      \
    ROW(d_before_rip, BP_SITE_D, true)      \
    ROW(d_around, BP_SITE_D, false)         \
    ROW(d_around_push, BP_SITE_D, false)    \
    ROW(d_behind_rip, BP_SITE_D, false)     \
    ROW(d_behind_memory, BP_SITE_D, false)  \
    ROW(d_branch_before, BP_SITE_D, false)  \
    ROW(d_red_zone, BP_SITE_D, true)        \
    ROW(d_stack_moves, BP_SITE_D, true)     \
    ROW(call_behind, LEFT, true)            \
    ROW(jump_table, LEFT, true)             \
    ROW(alone, LEFT, true)

#define ROW(name, pattern, kept) extern const u8 case_##name[], end_##name[];
ROWS
#undef ROW

    static const struct test_case cases[] = {
#define ROW(name, pattern, kept) {#name, case_##name, end_##name, pattern, kept},
        ROWS
#undef ROW
};

/* ---- running a function with known registers ---- */

struct registers {
    u64 rax, rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r12, r13, r14, r15, rsp;
};

/* void run(struct registers *r, void *function): loads all from r, calls, stores all to r. */
extern void run(struct registers *r, const void *function);
__asm__(".text\n.globl run\nrun:\n"
        "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
        "push %rdi\n mov %rsi, %rcx\n mov %rdi, %r11\n"
        "mov 0(%r11), %rax\n mov 8(%r11), %rbx\n mov 16(%r11), %rdx\n mov 24(%r11), %rsi\n mov "
        "32(%r11), %rdi\n"
        "mov 40(%r11), %rbp\n mov 48(%r11), %r8\n mov 56(%r11), %r9\n mov 64(%r11), %r10\n mov "
        "72(%r11), %r12\n"
        "mov 80(%r11), %r13\n mov 88(%r11), %r14\n mov 96(%r11), %r15\n"
        "call *%rcx\n"
        "mov (%rsp), %r11\n"
        "mov %rax, 0(%r11)\n mov %rbx, 8(%r11)\n mov %rdx, 16(%r11)\n mov %rsi, 24(%r11)\n mov "
        "%rdi, 32(%r11)\n"
        "mov %rbp, 40(%r11)\n mov %r8, 48(%r11)\n mov %r9, 56(%r11)\n mov %r10, 64(%r11)\n mov "
        "%r12, 72(%r11)\n"
        "mov %r13, 80(%r11)\n mov %r14, 88(%r11)\n mov %r15, 96(%r11)\n mov %rsp, 104(%r11)\n"
        "pop %rdi\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n");

static void run_with(struct registers *r, u64 memory[8], const void *function)
{
    *r = (struct registers){.rax = 110,
                            .rbx = 2,
                            .rdx = 4,
                            .rsi = (u64)memory,
                            .rdi = 110,
                            .rbp = 6,
                            .r8 = 8,
                            .r9 = 9,
                            .r10 = 10,
                            .r12 = 12,
                            .r13 = 13,
                            .r14 = 14,
                            .r15 = 15};
    memset(memory, 0x55, 64);
    run(r, function);
}

/* ---- checks ---- */

static u8 *patched; /* the copy of the functions that is patched */

static const u8 *in_copy(const u8 *original)
{
    return patched + (original - cases_start);
}

/* The first `syscall` of a function, as in the text before patching. */
static const u8 *syscall_of(const struct test_case *c)
{
    return memmem(c->start, (size_t)(c->end - c->start), "\x0f\x05", 2);
}

static void test_case(const struct test_case *c)
{
    struct registers plain, after;
    u64 plain_memory[8], calls = fake_live_calls;
    u8 *syscall = (u8 *)in_copy(syscall_of(c));
    bool changed = memcmp(in_copy(c->start), c->start, (size_t)(c->end - c->start)) != 0;
    bool same, kept = syscall[0] == 0x0f && syscall[1] == 0x05;
    u64 memory[8];

    run_with(&plain, memory, c->start);
    memcpy(plain_memory, memory, sizeof(memory));
    run_with(&after, memory, in_copy(c->start));
    same = !memcmp(&plain, &after, sizeof(plain)) && !memcmp(memory, plain_memory, sizeof(memory));
    check(same && changed == (c->pattern != LEFT) && kept == c->kept &&
              (calls != fake_live_calls) == changed,
          "%s: %s, %s, result %ld", c->name, changed ? "patched" : "left",
          same ? "same outcome" : "DIFFERENT", after.rax);
}

/* What is two bytes before the place where the program continues makes the call again. */
static void test_restart(struct bp_slot *slot, const struct test_case *c)
{
    struct registers r;
    u64 memory[8], original;

    if (c->pattern == LEFT)
        return;
    fake_cont = 0;
    run_with(&r, memory, in_copy(c->start));
    original = bp_patch_original(slot, fake_cont);
    check(fake_cont && !memcmp((u8 *)fake_cont - 2, "\x0f\x05", 2) &&
              original == (u64)in_copy(syscall_of(c)) + 2 &&
              bp_patch_original(slot, fake_cont - 2) == original - 2 &&
              bp_patch_original(slot, bp_patch_resume(slot, original)) == original,
          "%s: a `syscall` stands before the place to continue, which is known to be behind the "
          "original",
          c->name);
}

static void test_lookup(struct bp_slot *slot)
{
    const u8 *site = in_copy(case_d_behind_memory) + 2; /* syscall; mov %rax, 16(%rsi) */
    u64 moved = bp_patch_resume(slot, (u64)site + 2);

    check(moved != (u64)site + 2 && bp_patch_original(slot, moved) == (u64)site + 2,
          "an instruction that moved is found in both directions");
    site = in_copy(case_d_before_two);
    moved = bp_patch_resume(slot, (u64)site + 3);
    check(bp_patch_original(slot, moved) == (u64)site + 3 && moved != (u64)site + 3,
          "also one before the call");
    check(bp_patch_resume(slot, (u64)site) == (u64)site,
          "the first one is entered through the jump");
    check(bp_patch_original(slot, (u64)fake_entry) == (u64)fake_entry, "other places stay");
    mprotect(patched, (size_t)(cases_end - cases_start), PROT_READ | PROT_WRITE | PROT_EXEC);
    memset((u8 *)site, 0x90, BP_SITE_JUMP);
    check(bp_patch_resume(slot, (u64)site + 3) == (u64)site + 3, "text replaced since stays");
    bp_patch_forget(slot, (u64)patched, (u64)(cases_end - cases_start));
    check(bp_patch_resume(slot, moved) == moved && bp_patch_original(slot, moved) == moved,
          "what is unmapped is forgotten");
}

/* What a cache may hold that does not belong to this text. */
static void test_misfits(const struct bp_sites *good, u64 len)
{
    struct bp_site site = good->items[0];
    struct bp_sites sites = {.items = &site, .count = 1};
    struct bp_site twice[2] = {site, site};

    site.start++;
    check(!bp_patch_fits((u64)patched, len, &sites), "no call where the site says");
    site.start = (u32)len;
    check(!bp_patch_fits((u64)patched, len, &sites), "a site behind the end");
    site = good->items[0];
    site.pattern = BP_SITE_PATTERNS;
    check(!bp_patch_fits((u64)patched, len, &sites), "no such pattern");
    sites = (struct bp_sites){.items = twice, .count = 2};
    check(!bp_patch_fits((u64)patched, len, &sites), "sites that overlap");
    check(!bp_patch_fits(0x10000, len, good), "text that cannot be read");
}

int main(void)
{
    u64 len = (u64)(cases_end - cases_start);
    struct bp_patch_counts counts;
    struct bp_sites sites;
    struct bp_slot *slot = bp_slot_create();
    u32 expected = 0;
    int ret;

    setvbuf(stdout, NULL, _IONBF, 0);
    patched = (u8 *)bp_slot_mmap(slot, slot->base + (64 << 20), len, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    memcpy(patched, cases_start, len);
    mprotect(patched, len, PROT_READ | PROT_EXEC);
    fake_entry_arm();
    bp_sites_find(&sites, (struct bp_view){patched, len, (u64)patched}, NULL, false,
                  calloc(1, bp_sites_memory(len)));
    check(bp_patch_fits((u64)patched, len, &sites), "sites fit the text they were found in");
    test_misfits(&sites, len);
    ret = bp_patch_text(slot, (u64)patched, len, PROT_READ | PROT_EXEC, &sites, &counts);
    for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
        expected += cases[i].pattern != LEFT;
    check(!ret && counts.patched[0] + counts.patched[1] + counts.patched[2] + counts.patched[3] ==
                      expected,
          "patched %u A, %u B, %u C, %u D, left %u", counts.patched[0], counts.patched[1],
          counts.patched[2], counts.patched[3], counts.left);
    for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
        test_case(&cases[i]);
    for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
        test_restart(slot, &cases[i]);
    test_lookup(slot);
    return failures ? 1 : 0;
}
