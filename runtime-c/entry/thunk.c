#include "entry/thunk.h"
#include "base/percpu.h"
#include "base/uaccess.h"
#include "entry/frame.h"
#include "entry/insn.h"

enum {
    SYSCALL = 2, /* bytes */
    JUMP_OPCODE = 0xe9,
    BREAKPOINT = 0xcc,
};

/* Into the runtime and back. */
/* clang-format off */
static const u8 call_code[] = {
    0x65, 0x48, 0x89, 0x24, 0x25, BP_PC_USER_SP,    0, 0, 0, /* movq %rsp, %gs:BP_PC_USER_SP */
    0x65, 0x48, 0x8b, 0x24, 0x25, BP_PC_HANDLER_SP, 0, 0, 0, /* movq %gs:BP_PC_HANDLER_SP, %rsp */
    0x48, 0x8d, 0x0d, 0,    0,    0,                0,       /* leaq CONT(%rip), %rcx */
    0x65, 0xff, 0x14, 0x25, 0,    0,                0, 0,    /* call *%gs:BP_PC_ENTRY */
    0x48, 0x8b, 0x64, 0x24, (u8)-BP_FRAME_SP_BELOW_TOP,      /* movq -16(%rsp), %rsp */
    0x48, 0x8d, 0x0d, 0,    0,    0,                0,       /* leaq BEHIND(%rip), %rcx */
    0x41, 0xbb, 0x02, 0x02, 0,    0,                         /* movl $0x202, %r11d */
};
/* clang-format on */

/* The fields that differ from thunk to thunk. */
enum {
    CONT_AT = 21,
    ENTRY_AT = 29,
    BEHIND_AT = 41,
};

/* nopl 0x50f0000(%rax): its last two bytes are `syscall`, to make the call again (frame.h). */
static const u8 syscall_nop[] = {0x0f, 0x1f, 0x80, 0, 0, 0x0f, 0x05};

static u32 around(const struct bp_site *site)
{
    return bp_site_keeps_syscall(site) ? 0 : sizeof(syscall_nop);
}

u32 bp_thunk_continue(const struct bp_site *site)
{
    return site->before + sizeof(call_code) + around(site);
}

u32 bp_thunk_size(const struct bp_site *site)
{
    return bp_thunk_continue(site) + site->after + BP_SITE_JUMP;
}

/* Stores the distance from `from` to `to`; false when it does not fit. */
static bool store_distance(u8 *out, u64 from, u64 to)
{
    s64 distance = (s64)(to - from);
    s32 value = (s32)distance;

    __builtin_memcpy(out, &value, sizeof(value));
    return value == distance;
}

/* Copies whole instructions from an offset of the text, so that they do the same at addr. */
static bool move(u8 *out, u64 addr, const struct bp_view *text, u32 from, u32 len)
{
    struct bp_insn insn;
    s32 disp;

    memcpy(out, text->data + from, len);
    for (u32 at = 0; at < len; at += insn.length) {
        if (!bp_insn_decode(&insn, out + at, out + len))
            return false;
        if (!insn.disp_at)
            continue;
        u64 old_end = text->addr + from + at + insn.length;

        __builtin_memcpy(&disp, out + at + insn.disp_at, sizeof(disp));
        if (!store_distance(out + at + insn.disp_at, addr + at + insn.length,
                            old_end + (u64)(s64)disp))
            return false;
    }
    return true;
}

bool bp_thunk_emit(u8 *out, u64 addr, const struct bp_view *text, const struct bp_site *site)
{
    bool kept = bp_site_keeps_syscall(site);
    u64 start = text->addr + site->start, behind = start + site->before + SYSCALL;
    u64 cont = kept ? behind : addr + bp_thunk_continue(site);
    u32 at = site->before;

    if (!move(out, addr, text, site->start, site->before))
        return false;
    memcpy(out + at, call_code, sizeof(call_code));
    out[at + ENTRY_AT] = site->vectors_dead ? BP_PC_ENTRY_DEAD : BP_PC_ENTRY;
    if (!store_distance(out + at + CONT_AT, addr + at + CONT_AT + 4, cont) ||
        !store_distance(out + at + BEHIND_AT, addr + at + BEHIND_AT + 4, behind))
        return false;
    at += sizeof(call_code);
    memcpy(out + at, syscall_nop, around(site));
    at += around(site);
    if (!move(out + at, addr + at, text, site->start + site->before + SYSCALL, site->after))
        return false;
    at += site->after;
    out[at] = JUMP_OPCODE;
    return store_distance(out + at + 1, addr + at + BP_SITE_JUMP, behind + site->after) &&
           (s64)(s32)(addr - start - BP_SITE_JUMP) == (s64)(addr - start - BP_SITE_JUMP);
}

void bp_thunk_jump(u8 *out, u64 thunk, const struct bp_view *text, const struct bp_site *site)
{
    memset(out, BREAKPOINT, site->len); /* nothing can get behind the jump */
    out[0] = JUMP_OPCODE;
    store_distance(out + 1, text->addr + site->start + BP_SITE_JUMP, thunk);
}

/* ---- thunks that trap ---- */

/* A program may have unmapped thunks of its own: they are looked at and changed as its memory. */
void bp_thunk_trap(u64 thunks, u64 len)
{
    const u8 breakpoint = BREAKPOINT;
    u64 code, word;

    __builtin_memcpy(&code, call_code, sizeof(code));
    for (u64 at = thunks; at + sizeof(call_code) <= thunks + len; at++)
        if (!bp_get_user64(&word, (const u64 *)at) && word == code)
            bp_copy((void *)at, &breakpoint, sizeof(breakpoint));
}

u64 bp_thunk_trapped(u64 behind_breakpoint)
{
    const u8 *at = (const u8 *)behind_breakpoint - 1;
    s32 distance;

    if (*at != BREAKPOINT || memcmp(at + 1, call_code + 1, CONT_AT - 1))
        return 0;
    __builtin_memcpy(&distance, at + CONT_AT, sizeof(distance));
    return (u64)at + CONT_AT + sizeof(distance) + (u64)(s64)distance;
}
