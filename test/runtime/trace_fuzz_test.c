// sources: runtime-c/linux/systable.c runtime-c/linux/trace*.c runtime-c/base/log.c runtime-c/base/lock.c runtime-c/base/undo.c runtime-c/base/uaccess.S
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/*
 * Hostile calls through the tracer: any number, arguments that are wild pointers, point into
 * rubbish or at the end of a mapping, or are small numbers, and any result. Every line is whole,
 * bounded and printable. Usage: [calls [seed]]
 */
#include "check.h"
#include "linux/trace.h"
#include "uaccess_faults.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    RUBBISH = 4 << 12
};

static u64 state;
static u8 *rubbish; /* followed by an unmapped page */

static u64 next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static u64 below(u64 limit)
{
    return next() % limit;
}

static u64 value(void)
{
    switch (below(8)) {
    case 0:
        return next();
    case 1:
        return below(2) ? 0 : (u64) - (s64)below(200);
    case 2:
        return 1ULL << below(64);
    case 3:
        return (u64)rubbish + RUBBISH - below(64); /* the end comes soon */
    case 4:
    case 5:
        return (u64)rubbish + below(RUBBISH);
    default:
        return below(300);
    }
}

/* Among the rubbish there are numbers and pointers of all kinds, so that structures lead on to
 * others. */
static void fill(void)
{
    u64 *words = (u64 *)rubbish;

    for (u32 i = 0; i < RUBBISH / sizeof(*words); i++)
        words[i] = value();
}

static bool is_whole(const char *line, ssize_t len)
{
    if (len <= 0 || len >= BP_TRACE_LINE || line[len - 1] != '\n')
        return false;
    for (ssize_t i = 0; i < len - 1; i++) {
        if (line[i] < ' ' || line[i] > '~')
            return false;
    }
    return true;
}

static bool one_call(int output)
{
    static char line[1 << 16];
    u64 nr = below(20) ? below(BP_CALLS) : next();
    u64 args[BP_ARGS_MAX];
    struct bp_trace_call call;
    ssize_t len;

    for (int i = 0; i < BP_ARGS_MAX; i++)
        args[i] = value();
    bp_trace_enter(&call, "app", (u32)next(), nr, args);
    if (call.returns != BP_RETURNS_NEVER)
        bp_trace_exit(&call, (long)value());
    len = read(output, line, sizeof(line) - 1);
    if (is_whole(line, len))
        return true;
    line[len > 0 ? len : 0] = '\0';
    return check(false, "call %#lx: %zd bytes: %s", (unsigned long)nr, len, line);
}

int main(int argc, char **argv)
{
    u64 calls = argc > 1 ? strtoull(argv[1], NULL, 0) : 200000;
    int output[2];

    state = argc > 2 ? strtoull(argv[2], NULL, 0) : 88172645463325252ULL;
    rubbish =
        mmap(NULL, RUBBISH + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (rubbish == MAP_FAILED || munmap(rubbish + RUBBISH, 4096) || pipe2(output, O_NONBLOCK))
        return 1;
    bp_trace_fd = output[1];
    catch_uaccess_faults();
    for (u64 i = 0; i < calls && failures < 10; i++) {
        if (i % 1000 == 0)
            fill();
        one_call(output[0]);
    }
    check(!failures, "%lu calls", (unsigned long)calls);
    return failures != 0;
}
