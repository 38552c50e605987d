/* Preemption keeps the flags, the red zone and every general register of a spinning thread. */
#include "vector.h"

long spin_and_check(long rounds);

/* Each turn: all registers from rbx to r15, carry, parity and two words of the red zone must be as
 * set before. */
__asm__(".text\n"
        "spin_and_check:\n"
        "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
        "1: mov $0x11, %rbx; mov $0x22, %rbp; mov $0x33, %r12; mov $0x44, %r13; mov $0x55, %r14\n"
        "  mov $0x66, %r15; mov $0x77, %r8; mov $0x88, %r9; mov $0x99, %r10; mov $0xaa, %r11\n"
        "  mov $0xbb, %rcx; mov $0xcc, %rdx; mov $0xdd, %rsi\n"
        "  movq $0x1234, -8(%rsp); movq $0x5678, -120(%rsp)\n"
        "  xor %eax, %eax; stc\n"
        "  pause; pause; pause; pause; pause; pause; pause; pause\n"
        "  jnc 2f; jnz 2f\n"
        "  cmp $0x11, %rbx; jne 2f; cmp $0x22, %rbp; jne 2f; cmp $0x33, %r12; jne 2f\n"
        "  cmp $0x44, %r13; jne 2f; cmp $0x55, %r14; jne 2f; cmp $0x66, %r15; jne 2f\n"
        "  cmp $0x77, %r8; jne 2f; cmp $0x88, %r9; jne 2f; cmp $0x99, %r10; jne 2f\n"
        "  cmp $0xaa, %r11; jne 2f; cmp $0xbb, %rcx; jne 2f; cmp $0xcc, %rdx; jne 2f\n"
        "  cmp $0xdd, %rsi; jne 2f\n"
        "  cmpq $0x1234, -8(%rsp); jne 2f; cmpq $0x5678, -120(%rsp); jne 2f\n"
        "  dec %rdi; jnz 1b\n"
        "  jmp 3f\n"
        "2: mov $1, %eax; jmp 4f\n"
        "3: xor %eax, %eax\n"
        "4: pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
        "  ret\n");

static void *work(void *arg)
{
    int64_t end = now_ns() + 200000000;

    while (now_ns() < end)
        CHECK(spin_and_check(10000) == 0);
    return arg;
}

int main(void)
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        threads[i] = start_thread(work, NULL);
    for (int i = 0; i < 4; i++)
        join_thread(threads[i]);
    SAY("kept");
    return 0;
}
