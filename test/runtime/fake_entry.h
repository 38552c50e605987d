/*
 * Stands in for entry.S in tests: patched calls arrive here on a stack of their own, as
 * entry/frame.h says, and are handed to the host. Counts which of the two entries was taken. One
 * thread only.
 */
#ifndef TEST_RUNTIME_FAKE_ENTRY_H
#define TEST_RUNTIME_FAKE_ENTRY_H

#include "base/percpu.h"

#include <asm/prctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern u64 fake_live_calls, fake_dead_calls, fake_cont;
extern void fake_entry(void), fake_entry_dead(void);

__asm__(".data\n"
        ".globl fake_live_calls, fake_dead_calls, fake_cont\n"
        "fake_live_calls: .quad 0\n"
        "fake_dead_calls: .quad 0\n"
        "fake_cont: .quad 0\n"
        ".text\n"
        ".globl fake_entry, fake_entry_dead\n"
        "fake_entry:\n"
        "    incq fake_live_calls(%rip)\n"
        "    jmp 1f\n"
        "fake_entry_dead:\n"
        "    incq fake_dead_calls(%rip)\n"
        "1:  pushq %gs:16\n"
        "    movq %rcx, fake_cont(%rip)\n"
        "    cmpw $0x0f05, (%rcx)\n" /* whatever: the flags are not preserved */
        "    syscall\n"
        "    movq $0x7ead, %rcx\n"
        "    movq $0x7eae, %r11\n"
        "    addq $8, %rsp\n"
        "    ret\n");

static struct bp_percpu fake_percpu;

static inline void fake_entry_arm(void)
{
    enum {
        STACK = 65536
    };
    u8 *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    fake_percpu.self = &fake_percpu;
    fake_percpu.handler_sp = (u64)stack + STACK;
    fake_percpu.entry = (u64)fake_entry;
    fake_percpu.entry_dead = (u64)fake_entry_dead;
    syscall(SYS_arch_prctl, ARCH_SET_GS, &fake_percpu);
}

#endif
