// sources: runtime-c/base/proc_dir.c runtime-c/loader/maps.c
/* Finding the mapping of an address: every kind of mapping, the edges, and a name that is too long.
 */
#include "check.h"
#include "loader/maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int constant = 1;

static void test_kinds(void)
{
    char exe[256] = "";
    struct bp_map_entry e;
    int local;

    if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
        exit(1);
    check(!bp_maps_find((u64)test_kinds, &e) && e.prot == (PROT_READ | PROT_EXEC) &&
              !strcmp(e.name, exe) && !e.shared && e.start <= (u64)test_kinds &&
              e.end > (u64)test_kinds,
          "text: %s at offset 0x%lx", e.name, e.offset);
    check(!bp_maps_find((u64)&constant, &e) && e.prot == (PROT_READ | PROT_WRITE) &&
              !strcmp(e.name, exe),
          "data");
    check(!bp_maps_find((u64)&local, &e) && !strcmp(e.name, "[stack]"), "stack");
    check(!bp_maps_find((u64)malloc(100), &e) && !strcmp(e.name, "[heap]"), "heap");
    check(bp_maps_find(0, &e) == -ENOENT, "address 0");
    check(bp_maps_find(~0ULL, &e) == -ENOENT, "the last address");
    check(bp_maps_find(0x800000000000, &e) == -ENOENT, "behind the last mapping");
}

static void test_edges(void)
{
    char *area = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    u64 middle = (u64)area + 4096;
    struct bp_map_entry e;

    mmap(area + 4096, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    check(!bp_maps_find(middle, &e) && e.start == middle && e.end == middle + 4096 && e.shared,
          "first byte");
    check(!bp_maps_find(middle + 4095, &e) && e.start == middle && e.prot == PROT_READ,
          "last byte");
    check(!bp_maps_find(middle - 1, &e) && e.end == middle && e.prot == PROT_NONE && !e.shared &&
              !e.name[0],
          "the byte before: anonymous memory without a name");
    munmap(area + 4096, 4096);
    check(bp_maps_find(middle, &e) == -ENOENT, "a hole");
}

static void test_long_name(void)
{
    char dir[] = "/tmp/loader_maps_XXXXXX", path[1200];
    char part[201] = "";
    struct bp_map_entry e;

    if (!mkdtemp(dir))
        exit(1);
    memset(part, 'n', 200);
    int len = snprintf(path, sizeof(path), "%s/", dir);
    for (int i = 0; i < 4; i++) {
        mkdir(path, 0700);
        len += snprintf(path + len, sizeof(path) - (size_t)len, "%s%s", part, i < 3 ? "/" : " a b");
    }
    FILE *file = fopen(path, "w+");
    if (!file || ftruncate(fileno(file), 8192))
        exit(1);
    char *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(file), 4096);
    check(!bp_maps_find((u64)at, &e) && !strncmp(e.name, path, BP_MAP_NAME_MAX - 1) &&
              strlen(e.name) == BP_MAP_NAME_MAX - 1 && e.offset == 4096,
          "a name of %d bytes is cut off", len);
    check(!bp_maps_find((u64)test_long_name, &e) && e.prot & PROT_EXEC,
          "mappings before and behind are still found");
    snprintf(path, sizeof(path), "rm -r %s", dir);
    check(!system(path), "clean");
}

int main(void)
{
    test_kinds();
    test_edges();
    test_long_name();
    return !!failures;
}
