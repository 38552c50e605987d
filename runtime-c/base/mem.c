#include "base/base.h"

/* Short blocks dominate (names, headers, small messages): below this, moves beat the start-up cost
 * of rep movsb. */
enum {
    REP_THRESHOLD = 256
};

BP_INLINE u64 load64(const u8 *p)
{
    u64 v;

    __builtin_memcpy(&v, p, 8);
    return v;
}

BP_INLINE void store64(u8 *p, u64 v)
{
    __builtin_memcpy(p, &v, 8);
}

/* Up to 16 bytes by two overlapping accesses that are both loaded before either is stored, so
 * overlap is harmless. */
BP_INLINE void copy_upto16(u8 *d, const u8 *s, size_t n)
{
    if (n >= 8) {
        u64 head = load64(s), tail = load64(s + n - 8);
        store64(d, head);
        store64(d + n - 8, tail);
    } else if (n >= 4) {
        u32 head, tail;
        __builtin_memcpy(&head, s, 4);
        __builtin_memcpy(&tail, s + n - 4, 4);
        __builtin_memcpy(d, &head, 4);
        __builtin_memcpy(d + n - 4, &tail, 4);
    } else if (n) {
        u8 first = s[0], middle = s[n / 2], last = s[n - 1];
        d[0] = first;
        d[n / 2] = middle;
        d[n - 1] = last;
    }
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    u8 *d = dst;
    const u8 *s = src;

    if (n <= 16) {
        copy_upto16(d, s, n);
        return dst;
    }
    if (n >= REP_THRESHOLD) {
        void *to = dst;
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(src), "+c"(n) : : "memory");
        return dst;
    }
    u64 t0 = load64(s + n - 16), t1 = load64(s + n - 8);
    u8 *end = d + n;
    for (size_t i = 0; i + 16 < n; i += 16) {
        u64 a = load64(s + i), b = load64(s + i + 8);
        store64(d + i, a);
        store64(d + i + 8, b);
    }
    store64(end - 16, t0);
    store64(end - 8, t1);
    return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
    u8 *d = dst;
    const u8 *s = src;

    if (n <= 16) {
        copy_upto16(d, s, n);
        return dst;
    }
    if ((size_t)(d - s) >= n) {
        void *to = dst;
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(src), "+c"(n) : : "memory");
        return dst;
    }
    while (n >= 8) {
        n -= 8;
        store64(d + n, load64(s + n));
    }
    copy_upto16(d, s, n);
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    u8 *d = dst;
    u64 v = (u8)c * 0x0101010101010101ULL;

    if (n >= REP_THRESHOLD) {
        __asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
        return dst;
    }
    while (n >= 8) {
        store64(d, v);
        d += 8;
        n -= 8;
    }
    while (n--) {
        *d++ = (u8)c;
        __asm__(""
                :
                :
                : "memory"); /* keeps the compiler from turning this loop into a call of memset */
    }
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const u8 *x = a, *y = b;

    for (; n; n--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size_t strlen(const char *s)
{
    const char *end = s;

    while (*end) {
        end++;
        __asm__("" : "+r"(end));
    }
    return (size_t)(end - s);
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n && *a && *a == *b; n--)
        a++, b++;
    return n ? (u8)*a - (u8)*b : 0;
}

char *strchr(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c)
            return (char *)s;
        if (!*s)
            return NULL;
    }
}

char *strrchr(const char *s, int c)
{
    const char *found = NULL;

    for (;; s++) {
        if (*s == (char)c)
            found = s;
        if (!*s)
            return (char *)found;
    }
}
