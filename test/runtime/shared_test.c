// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/memory/shared.c
/* The record of a program's shared mappings: kept by page through every way to map and unmap. */
#include "check.h"
#include "memory/shared.h"

enum {
    P = BP_PAGE_SIZE
};
static struct bp_shared_maps maps;
static const struct bp_shared_object file = {8, 100}, other = {8, 200};

static bool is_at(u64 addr, struct bp_shared_object object, u64 offset)
{
    struct bp_shared_object found;
    u64 at;

    return bp_shared_find(&maps, addr, &found, &at) && found.inode == object.inode &&
           found.device == object.device && at == offset;
}

static bool is_none(u64 addr)
{
    struct bp_shared_object found;
    u64 at;

    return !bp_shared_find(&maps, addr, &found, &at);
}

int main(void)
{
    check(is_none(0) && is_none(~0ULL), "nothing is shared at first");
    bp_shared_remove(&maps, 0, ~0ULL >> 1);
    check(is_none(P), "removing nothing is no error");

    check(!bp_shared_add(&maps, 10 * P, 10 * P, file, 3 * P), "a mapping is recorded");
    check(is_at(10 * P, file, 3 * P) && is_at(20 * P - 1, file, 13 * P - 1) &&
              is_none(10 * P - 1) && is_none(20 * P),
          "its bytes are found, and no others");
    bp_shared_remove(&maps, 12 * P, 1);
    check(is_at(12 * P - 1, file, 5 * P - 1) && is_none(12 * P) && is_at(13 * P, file, 6 * P),
          "a hole of a page splits it");
    check(!bp_shared_add(&maps, 11 * P, 4 * P, other, 0), "another is mapped over both parts");
    check(is_at(10 * P, file, 3 * P) && is_at(11 * P, other, 0) && is_at(15 * P, file, 8 * P),
          "and leaves the rest");

    check(!bp_shared_move(&maps, 11 * P, 4 * P, 40 * P, 8 * P, false), "one is moved and grown");
    check(is_none(11 * P) && is_at(47 * P, other, 7 * P), "to its new place");
    check(!bp_shared_move(&maps, 41 * P, P, 60 * P, P, true), "a part is mapped again");
    check(is_at(41 * P, other, P) && is_at(60 * P, other, P), "and is in both places");
    check(!bp_shared_move(&maps, 40 * P, 8 * P, 40 * P, 2 * P, false), "one shrinks in place");
    check(is_at(41 * P, other, P) && is_none(42 * P), "to what is left");
    check(!bp_shared_move(&maps, 30 * P, P, 15 * P, P, false),
          "private memory moves over a shared page");
    check(is_none(15 * P) && is_none(30 * P), "which is shared no more");
    check(bp_shared_anonymous().inode != bp_shared_anonymous().inode,
          "anonymous memory is told apart");

    bp_shared_destroy(&maps);
    check(is_none(10 * P), "the end of the program forgets all");
    return failures != 0;
}
