/*
 * Access to memory that a program named in a system call. The pointer may be wild: a fault inside
 * these functions is turned into -EFAULT by the fault handler (entry/fault.c), which moves the
 * instruction pointer to bp_uaccess_fixup. No other code of the runtime may dereference a pointer
 * that came from a program.
 */
#ifndef BP_BASE_UACCESS_H
#define BP_BASE_UACCESS_H

#include "base/arena_base.h"
#include "base/base.h"

#include <errno.h>

/*
 * No program may name the arena, which lies at a known address: every function here answers -EFAULT
 * to that, in three instructions that need no length (the page below the arena is never mapped).
 */
BP_INLINE bool bp_in_arena(const void *ptr)
{
    return (u64)ptr >> BP_ARENA_SHIFT == BP_ARENA_BASE >> BP_ARENA_SHIFT;
}

/*
 * Copies n bytes; returns 0 or -EFAULT. On a fault some prefix may have been copied, as with Linux.
 * Neither side may be in the arena; the runtime's own side may be with _in (dst) and _out (src),
 * and _checked does not look: for what was checked when it was taken from a program
 * (socket/iter.h).
 */
long bp_copy(void *dst, const void *src, size_t n);
long bp_copy_in(void *own, const void *user, size_t n);
long bp_copy_out(void *user, const void *own, size_t n);
long bp_copy_checked(void *dst, const void *src, size_t n);

/*
 * Copies a NUL-terminated string of at most size bytes with its NUL. Returns its length without the
 * NUL, -EFAULT, or -ENAMETOOLONG when no NUL lies within size bytes.
 */
long bp_copy_string(char *dst, const char *src, size_t size);

/* Each returns 0 or -EFAULT. The access itself is one instruction (atomic when aligned). */
long bp_get_user32(u32 *value, const u32 *src);
long bp_get_user64(u64 *value, const u64 *src);
long bp_put_user32(u32 *dst, u32 value);
long bp_put_user64(u64 *dst, u64 value);

/* Atomic compare-and-exchange on a program's word; *old receives what was there. Returns 0 or
 * -EFAULT. */
long bp_cmpxchg_user32(u32 *dst, u32 *old, u32 desired);

/*
 * Vector state to and from memory of a program, as the instructions of the same names do it in the
 * standard format. The last two refuse a malformed image by a fault as well, with the registers
 * partly loaded perhaps. 0 or -EFAULT.
 */
long bp_user_xsave(void *image, u64 mask);
long bp_user_xrstor(const void *image, u64 mask);
long bp_user_fxrstor(const void *image);

/* The text range of the functions above, and where a fault in it continues. */
extern const char bp_uaccess_start[], bp_uaccess_end[], bp_uaccess_fixup[];

#endif
