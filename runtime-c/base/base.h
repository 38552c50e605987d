/* Types and macros that every file of the runtime uses. */
#ifndef BP_BASE_BASE_H
#define BP_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define BP_INLINE static inline __attribute__((always_inline))
#define BP_NOINLINE __attribute__((noinline))
#define BP_COLD __attribute__((cold, noinline))
#define BP_NORETURN __attribute__((noreturn))
#define BP_PACKED __attribute__((packed))
#define BP_ALIGNED(n) __attribute__((aligned(n)))
#define BP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define BP_STATIC_ASSERT(cond, why) _Static_assert(cond, why)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#define BP_MIN(a, b)            \
    ({                          \
        __typeof__(a) a_ = (a); \
        __typeof__(b) b_ = (b); \
        a_ < b_ ? a_ : b_;      \
    })
#define BP_MAX(a, b)            \
    ({                          \
        __typeof__(a) a_ = (a); \
        __typeof__(b) b_ = (b); \
        a_ > b_ ? a_ : b_;      \
    })

/* Both round to a power of two n. */
#define BP_ALIGN_UP(x, n) (((x) + ((n)-1)) & ~((__typeof__(x))(n)-1))
#define BP_ALIGN_DOWN(x, n) ((x) & ~((__typeof__(x))(n)-1))

enum {
    BP_CACHE_LINE = 64,
    BP_PAGE_SIZE = 4096,
    BP_HUGE_PAGE_SIZE = 2 << 20,
};

/* Accesses that another worker or process may race with. */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define bp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define bp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define bp_full_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define bp_cpu_relax() __builtin_ia32_pause()

/*
 * Stops the process with a message that names the place: for states that only a bug in the runtime
 * can produce. BP_BUG_ON is a build error when the compiler can already prove the condition.
 */
BP_NORETURN BP_COLD void bp_bug(const char *cond, const char *file, int line);
#define BP_BUG_ON(cond)                        \
    do {                                       \
        if (unlikely(cond))                    \
            bp_bug(#cond, __FILE__, __LINE__); \
    } while (0)

#endif
