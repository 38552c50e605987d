// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/sched/vector.c runtime-c/linux/sigframe.c runtime-c/linux/fpstate.c runtime-c/linux/altstack.c
/*
 * Signal frames. The kernel's own frames are the reference: a real signal is taken, its frame is
 * built again in the same place by the runtime's code, the bytes are compared, and the kernel
 * returns through ours. Then hostile frames.
 */
#include "base/uaccess.h"
#include "check.h"
#include "linux/altstack.h"
#include "linux/fpstate.h"
#include "linux/sigframe.h"
#include "sched/vector.h"

#include <cpuid.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    UC_BEFORE = 8,     /* pretcode lies before the ucontext */
    INFO_OFFSET = 312, /* and siginfo 312 bytes into the frame */
    FRAME_BYTES = 440,
    IMAGE_MAX = 16 << 10,
    ALT_BYTES = 64 << 10,
};
#define RESTORER 0x04000000

/* ---- faults in the accessors ---- */

static void on_fault(int signal, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    u64 rip = (u64)regs[REG_RIP];

    (void)info;
    if (rip - (u64)bp_uaccess_start >= (u64)(bp_uaccess_end - bp_uaccess_start)) {
        printf("FAIL signal %d outside the accessors\n", signal);
        _exit(1);
    }
    regs[REG_RIP] = (greg_t)bp_uaccess_fixup;
}

/* ---- the kernel's frame against ours ---- */

static char storage[IMAGE_MAX] __attribute__((aligned(64)));
static bool compared;

static struct bp_context context_of(const ucontext_t *uc)
{
    const greg_t *g = uc->uc_mcontext.gregs;

    return (struct bp_context){
        .rcx = (u64)g[REG_RCX],
        .rflags = (u64)g[REG_EFL],
        .frame =
            {
                .r15 = (u64)g[REG_R15],
                .r14 = (u64)g[REG_R14],
                .r13 = (u64)g[REG_R13],
                .r12 = (u64)g[REG_R12],
                .rbp = (u64)g[REG_RBP],
                .rbx = (u64)g[REG_RBX],
                .r9 = (u64)g[REG_R9],
                .r8 = (u64)g[REG_R8],
                .r10 = (u64)g[REG_R10],
                .rdx = (u64)g[REG_RDX],
                .rsi = (u64)g[REG_RSI],
                .rdi = (u64)g[REG_RDI],
                .rax = (u64)g[REG_RAX],
                .r11 = (u64)g[REG_R11],
                .rip = (u64)g[REG_RIP],
                .rsp = (u64)g[REG_RSP],
            },
    };
}

static void compare(const char *what, const char *ours, const char *kernels, u64 from, u64 to)
{
    for (u64 i = from; i < to; i++) {
        if (ours[i] != kernels[i]) {
            check(false, "%s: byte %lu is %02x, the kernel's %02x", what, i, ours[i] & 0xff,
                  kernels[i] & 0xff);
            return;
        }
    }
    check(true, "%s", what);
}

static void compare_image(const char *ours, const char *kernels)
{
    u32 a, b, c, d;

    compare("legacy area", ours, kernels, 0, 464);
    compare("software bytes", ours, kernels, 464, 512);
    compare("header", ours, kernels, 512, 576);
    for (u32 i = 2; i < 63; i++) {
        if (bp_vector_mask >> i & 1 && __get_cpuid_count(0xd, i, &a, &b, &c, &d) && a)
            compare("component", ours, kernels, b, b + a);
    }
    compare("magic behind the image", ours, kernels, bp_fpstate_size() - 4, bp_fpstate_size());
}

static void rebuild(int signal, siginfo_t *info, void *ucp)
{
    ucontext_t *uc = ucp;
    char *frame = (char *)ucp - UC_BEFORE, *image = (char *)uc->uc_mcontext.fpregs;
    size_t total = (size_t)(image - frame) + bp_fpstate_size();
    char *original =
        storage + (-(u64)(image - frame) & 63); /* so that the image in it is aligned too */
    struct bp_context context = context_of(uc);
    struct bp_sigaction action = {(u64)rebuild, RESTORER | SA_SIGINFO, *(u64 *)frame, 0};
    struct bp_sigtask sig = {
        .error = (u64)uc->uc_mcontext.gregs[REG_ERR],
        .trapno = (u64)uc->uc_mcontext.gregs[REG_TRAPNO],
        .fault_address = (u64)uc->uc_mcontext.gregs[REG_CR2],
        .altstack = {(u64)uc->uc_stack.ss_sp, uc->uc_stack.ss_size, (u32)uc->uc_stack.ss_flags},
    };
    u64 mask = uc->uc_sigmask.__val[0];
    siginfo_t info_copy = *info;
    int ret;

    compared = true;
    if (uc->uc_stack.ss_size)
        action.flags |= SA_ONSTACK;
    if (!check(total < sizeof(storage) - 64, "the frame has %zu bytes", total))
        return;
    memcpy(original, frame, total);
    memset(frame, 0, total);
    memset(original + 8 + 16 + 8 + 4, 0, 4); /* padding of stack_t, which the kernel leaves alone */
    /*
     * The registers as they were when the signal came: from here to the call nothing may touch
     * them.
     */
    bp_vector_restore(original + (image - frame));
    ret = bp_sigframe_push(&context, &sig, signal, &info_copy, &action, mask, true);
    check(!ret, "a frame can be built");
    check(context.frame.rsp == (u64)frame, "the frame is where the kernel puts it");
    check(context.frame.rsp % 16 == 8, "the handler finds an aligned stack");
    check(context.frame.rdi == (u64)signal && context.frame.rsi == (u64)frame + INFO_OFFSET &&
              context.frame.rdx == (u64)ucp && context.frame.rip == (u64)rebuild &&
              !context.frame.rax,
          "arguments of the handler");
    compare("pretcode, ucontext up to reserved1", frame, original, 0, 8 + 40 + 192);
    compare("signal mask", frame, original, 8 + 40 + 256, INFO_OFFSET);
    compare("siginfo", frame, original, INFO_OFFSET, FRAME_BYTES);
    compare_image(image, original + (image - frame));
}

/*
 * Raises a signal by a bare system call with known values in vector registers, and looks whether
 * they come back.
 */
static bool raise_with_vectors(int signal)
{
    u64 in[8] = {1, 2, 3, 4, 0x1122334455667788, 6, 7, 8}, out[8];
    long pid = getpid(), ret;

    __asm__ volatile("vmovdqu (%[in]), %%ymm3\n\t"
                     "movdqu 32(%[in]), %%xmm15\n\t"
                     "syscall\n\t"
                     "vmovdqu %%ymm3, (%[out])\n\t"
                     "movdqu %%xmm15, 32(%[out])"
                     : "=a"(ret)
                     : "a"(SYS_kill), "D"(pid), "S"((long)signal), [in] "r"(in), [out] "r"(out)
                     : "rcx", "r11", "memory", "xmm3", "xmm15");
    return !ret && !memcmp(in, out, 48);
}

static void install(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};

    sigaction(signal, &action, NULL);
}

static void test_against_kernel(void)
{
    stack_t alternate = {.ss_sp = malloc(ALT_BYTES), .ss_size = ALT_BYTES};

    printf("# on the program's stack\n");
    install(SIGUSR1, rebuild, 0);
    check(raise_with_vectors(SIGUSR1), "the kernel returns through our frame");
    printf("# on an alternate stack\n");
    sigaltstack(&alternate, NULL);
    install(SIGUSR1, rebuild, SA_ONSTACK);
    check(raise_with_vectors(SIGUSR1), "the kernel returns through our frame");
    check(compared, "the handler ran");
    alternate.ss_flags = SS_DISABLE;
    sigaltstack(&alternate, NULL);
}

/* ---- reading the kernel's frame ---- */

static void read_back(int signal, siginfo_t *info, void *ucp)
{
    ucontext_t *uc = ucp;
    struct bp_context expected = context_of(uc), got = {0};
    struct bp_sigtask sig = {0};
    u64 mask = 0;

    (void)signal;
    (void)info;
    got.frame.rsp = (u64)ucp; /* as behind the handler's ret */
    check(!bp_sigframe_pop(&got, &sig, &mask), "the kernel's frame can be read");
    expected.rflags &= 0xcd5;
    check(!memcmp(&got, &expected, sizeof(got)), "all registers");
    check(mask == uc->uc_sigmask.__val[0], "the mask");
}

/* ---- hostile frames ---- */

static char *user; /* a program's memory: writable pages, then a hole */
enum {
    USER_BYTES = 64 << 10
};
static const siginfo_t no_info;

static bool push_at(u64 rsp, struct bp_context *context)
{
    struct bp_sigtask sig = {0};
    struct bp_sigaction action = {1, RESTORER, 2, 0};

    *context = (struct bp_context){.frame.rsp = rsp, .frame.rip = 0x1234, .rflags = 0x202};
    return !bp_sigframe_push(context, &sig, SIGUSR2, &no_info, &action, 0, true);
}

static void test_wild_stacks(void)
{
    const u64 wild[] = {
        0, 8, 4096, ~0ULL, 1ULL << 47, 0xffffffff80000000, 1ULL << 63, (u64)user + 64};
    struct bp_context context;

    for (u32 i = 0; i < ARRAY_SIZE(wild); i++) {
        bool ok = push_at(wild[i], &context);

        check(!ok && context.frame.rip == 0x1234 && context.frame.rsp == wild[i],
              "no frame at a wild stack pointer 0x%lx", wild[i]);
    }
}

/* Offsets in the frame: of mcontext's cs and fpstate; in the image: mxcsr, xcomp_bv. */
enum {
    AT_CS = 48 + 144,
    AT_FPSTATE = 48 + 184,
    AT_MXCSR = 24,
    AT_MAGIC1 = 464,
    AT_SIZE = 480,
    AT_BV = 512,
    AT_XCOMP = 520
};

static int pop(u64 frame)
{
    struct bp_context context = {.frame.rsp = frame + 8};
    struct bp_sigtask sig = {0};
    u64 mask;

    return bp_sigframe_pop(&context, &sig, &mask);
}

/* One wrong value in a good frame. */
static const struct {
    const char *what;
    bool in_image;
    u32 at;
    u64 value;
    u32 bytes;
    int expected;
} lies[] = {
    {"nothing wrong", true, 0, 0x37f, 2, 0},
    {"fpstate NULL", false, AT_FPSTATE, 0, 8, 0},
    {"fpstate wild", false, AT_FPSTATE, 0x1000, 8, -EFAULT},
    {"fpstate not canonical", false, AT_FPSTATE, 1ULL << 60, 8, -EFAULT},
    {"fpstate in the kernel", false, AT_FPSTATE, 0xffffffff81000000, 8, -EFAULT},
    {"compatibility-mode code segment", false, AT_CS, 0x23, 2, -EFAULT},
    {"reserved bits of MXCSR", true, AT_MXCSR, 0xffffffff, 4, -EFAULT},
    {"a component that does not exist", true, AT_BV, 1ULL << 62, 8, -EFAULT},
    {"compacted format", true, AT_XCOMP, 1, 8, -EFAULT},
    {"no magic: FXSAVE only", true, AT_MAGIC1, 0, 4, 0},
    {"image size beyond the state", true, AT_SIZE, 0x7fffffff, 4, 0},
    {"image size too small", true, AT_SIZE, 0, 4, 0},
};

static void test_lies(void)
{
    for (u32 i = 0; i < ARRAY_SIZE(lies); i++) {
        struct bp_context context;
        char *frame;

        check(push_at((u64)user + USER_BYTES, &context), "a frame for: %s", lies[i].what);
        frame = (char *)context.frame.rsp;
        memcpy((lies[i].in_image ? *(char **)(frame + AT_FPSTATE) : frame) + lies[i].at,
               &lies[i].value, lies[i].bytes);
        check(pop((u64)frame) == lies[i].expected, "sigreturn with %s", lies[i].what);
    }
    check(pop(0) == -EFAULT && pop(1ULL << 50) == -EFAULT, "sigreturn without a frame");
}

/* Random bytes written over a good frame: only -EFAULT or success may come out. */
static void test_fuzz(void)
{
    u64 random = 0x9e3779b97f4a7c15;
    int refused = 0;

    for (int round = 0; round < 20000; round++) {
        struct bp_context context;
        char *frame, *image;
        int ret;

        push_at((u64)user + USER_BYTES, &context);
        frame = (char *)context.frame.rsp;
        image = *(char **)(frame + AT_FPSTATE);
        for (int i = 0; i < 1 + round % 4; i++) {
            random = random * 6364136223846793005 + 1442695040888963407;
            if (random >> 63)
                frame[48 + (random >> 33) % 256] = (char)(random >> 20);
            else
                image[(random >> 33) % bp_fpstate_size()] = (char)(random >> 20);
        }
        ret = pop((u64)frame);
        if (ret && ret != -EFAULT)
            check(false, "round %d answered %d", round, ret);
        refused += ret != 0;
    }
    bp_fpstate_reset();
    check(refused > 0, "fuzzed frames: %d of 20000 refused, no crash", refused);
}

static void test_flags(void)
{
    struct bp_context context;
    struct bp_sigtask sig = {0};
    u64 mask;

    push_at((u64)user + USER_BYTES, &context);
    *(u64 *)(context.frame.rsp + 48 + 136) = ~0ULL; /* rflags */
    context.frame.rsp += 8;
    context.rflags = 0x202;
    check(!bp_sigframe_pop(&context, &sig, &mask) && context.rflags == (0x202 | 0x50dd5),
          "a frame sets arithmetic flags, DF, TF, RF and AC only");
}

/* ---- alternate stacks ---- */

static void test_altstack(void)
{
    struct bp_altstack stack = {0};
    const struct bp_stack_t good = {.sp = 0x10000, .size = 8192},
                            small = {.sp = 0x10000, .size = 2047},
                            strange = {.sp = 0x10000, .flags = 4, .size = 8192},
                            off = {.flags = SS_DISABLE},
                            disarm = {.sp = 0x10000, .flags = 1U << 31, .size = 8192};

    check(bp_altstack_status(&stack, 0x11000) == SS_DISABLE, "no stack at first");
    check(bp_altstack_set(&stack, &small, 0) == -ENOMEM, "too small");
    check(bp_altstack_set(&stack, &strange, 0) == -EINVAL, "unknown flags");
    check(!bp_altstack_set(&stack, &good, 0) && bp_altstack_status(&stack, 0) == 0, "set");
    check(bp_altstack_status(&stack, 0x12000) == SS_ONSTACK, "its top counts as on it");
    check(!bp_altstack_holds(&stack, 0x10000), "its bottom does not");
    check(bp_altstack_set(&stack, &off, 0x11000) == -EPERM, "not changed while in use");
    check(!bp_altstack_set(&stack, &disarm, 0) && bp_altstack_status(&stack, 0x11000) == 0,
          "SS_AUTODISARM: never in use");
    bp_altstack_entered(&stack);
    check(bp_altstack_status(&stack, 0) == SS_DISABLE, "SS_AUTODISARM: gone in the handler");
}

static void test_small_altstack(void)
{
    struct bp_sigtask sig = {.altstack = {(u64)user, 2048, 0}};
    struct bp_sigaction action = {1, RESTORER | SA_ONSTACK, 2, 0};
    struct bp_context context = {.frame.rsp = (u64)user + USER_BYTES};
    int ret = bp_sigframe_push(&context, &sig, SIGUSR2, &no_info, &action, 0, true);

    check(ret == (bp_fpstate_size() + FRAME_BYTES > 2040 ? -EFAULT : 0),
          "a frame does not run over the end of a small alternate stack");
}

int main(void)
{
    if (bp_vector_init())
        return 77;
    char *memory =
        mmap(NULL, USER_BYTES + 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    user = memory + 4096;
    mprotect(memory, 4096, PROT_NONE);
    mprotect(user + USER_BYTES, 4096, PROT_NONE);
    test_against_kernel();
    install(SIGUSR2, read_back, 0);
    raise(SIGUSR2);
    install(SIGSEGV, on_fault, SA_NODEFER);
    install(SIGBUS, on_fault, SA_NODEFER);
    test_wild_stacks();
    test_lies();
    test_fuzz();
    test_flags();
    test_altstack();
    test_small_altstack();
    return failures ? 1 : 0;
}
