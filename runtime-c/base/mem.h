/*
 * Copying and filling memory with general registers only: system-call handlers must not touch the
 * program's vector registers. This header is included before everything else (-include), so that
 * the calls that the compiler makes up for struct copies also end here and not in libc's vector
 * versions.
 */
#ifndef BP_BASE_MEM_H
#define BP_BASE_MEM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* constants and structures of Linux from the system headers */
#endif

#ifndef __ASSEMBLER__
#include <stddef.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n) __asm__("bp_memcpy");
void *memmove(void *dst, const void *src, size_t n) __asm__("bp_memmove");
void *memset(void *dst, int c, size_t n) __asm__("bp_memset");
int memcmp(const void *a, const void *b, size_t n) __asm__("bp_memcmp");
size_t strlen(const char *s) __asm__("bp_strlen");
int strcmp(const char *a, const char *b) __asm__("bp_strcmp");
int strncmp(const char *a, const char *b, size_t n) __asm__("bp_strncmp");
char *strchr(const char *s, int c) __asm__("bp_strchr");
char *strrchr(const char *s, int c) __asm__("bp_strrchr");
#endif

#endif
