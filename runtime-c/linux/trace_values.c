/* Printers of numbers, names, strings and sets. */
#include "base/uaccess.h"
#include "linux/trace_print.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

/* ---- numbers ---- */

void bp_put_int(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    bp_put(call, "%d", (int)value);
}

void bp_put_uint(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    bp_put(call, "%u", (u32)value);
}

void bp_put_long(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    bp_put(call, "%ld", (long)value);
}

void bp_put_ulong(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    bp_put(call, "%lu", value);
}

void bp_put_hex(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    bp_put(call, value ? "0x%lx" : "0", value);
}

/* Three digits at least, and a zero before them. */
void bp_put_octal(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    enum {
        DIGITS = 12
    };
    char digits[DIGITS + 1] = {0};
    int at = DIGITS;

    (void)i, (void)detail;
    value = (u32)value;
    do
        digits[--at] = (char)('0' + value % 8);
    while ((value /= 8) || at > DIGITS - 2);
    if (digits[at] != '0' || at == DIGITS - 2)
        digits[--at] = '0';
    bp_put(call, "%s", digits + at);
}

void bp_put_pointer(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    bp_put(call, value ? "0x%lx" : "NULL", value);
}

void bp_put_dirfd(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    if ((int)value == AT_FDCWD)
        bp_put(call, "AT_FDCWD");
    else
        bp_put_int(call, i, value, detail);
}

void bp_put_rlimval(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    if (value == UINT64_MAX)
        bp_put(call, "RLIM64_INFINITY");
    else if (value > 1024 && value % 1024 == 0)
        bp_put(call, "%lu*1024", value / 1024);
    else
        bp_put(call, "%lu", value);
}

/* ---- names ---- */

static bool is_choice(const struct bp_names *names, u32 value)
{
    return names->mask && !(value & ~names->mask);
}

void bp_put_names(struct bp_trace_call *call, int i, u64 value, u64 table)
{
    const struct bp_names *names = &bp_names[table];
    const char *separator = "";
    u32 left = (u32)value;

    (void)i;
    for (u32 n = 0; n < names->count; n++) {
        const struct bp_name *entry = &names->entries[n];
        bool choice = is_choice(names, entry->value);
        bool matches = choice ? ((u32)value & names->mask) == entry->value
                              : entry->value && (left & entry->value) == entry->value;

        if (!matches && !(entry->value == 0 && value == 0))
            continue;
        bp_put(call, "%s%s", separator, entry->name);
        left &= choice ? ~names->mask : ~entry->value;
        separator = "|";
    }
    if (*separator && left)
        bp_put(call, "|0x%x", left);
    else if (left && *names->unknown)
        bp_put(call, "0x%x /* %s */", left, names->unknown);
    else if (!*separator)
        bp_put(call, left ? "0x%x" : "0", left);
}

void bp_put_filemode(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    bp_put_names(call, i, value & S_IFMT, BP_NAMES_file_type);
    bp_put(call, "|");
    bp_put_octal(call, i, value & ~(u64)S_IFMT, detail);
}

/* ---- signals ---- */

static const char signal_names[][8] = {
    [SIGHUP] = "HUP",   [SIGINT] = "INT",       [SIGQUIT] = "QUIT", [SIGILL] = "ILL",
    [SIGTRAP] = "TRAP", [SIGABRT] = "ABRT",     [SIGBUS] = "BUS",   [SIGFPE] = "FPE",
    [SIGKILL] = "KILL", [SIGUSR1] = "USR1",     [SIGSEGV] = "SEGV", [SIGUSR2] = "USR2",
    [SIGPIPE] = "PIPE", [SIGALRM] = "ALRM",     [SIGTERM] = "TERM", [SIGSTKFLT] = "STKFLT",
    [SIGCHLD] = "CHLD", [SIGCONT] = "CONT",     [SIGSTOP] = "STOP", [SIGTSTP] = "TSTP",
    [SIGTTIN] = "TTIN", [SIGTTOU] = "TTOU",     [SIGURG] = "URG",   [SIGXCPU] = "XCPU",
    [SIGXFSZ] = "XFSZ", [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF", [SIGWINCH] = "WINCH",
    [SIGIO] = "IO",     [SIGPWR] = "PWR",       [SIGSYS] = "SYS",
};

enum {
    SIGNALS = 64,
    FIRST_REALTIME = 32, /* as the kernel counts */
};

static void put_signal_name(struct bp_trace_call *call, const char *prefix, u32 signal)
{
    if (signal < FIRST_REALTIME)
        bp_put(call, "%s%s", prefix, signal_names[signal]);
    else if (signal == FIRST_REALTIME)
        bp_put(call, "%sRTMIN", prefix);
    else
        bp_put(call, "%sRT_%u", prefix, signal - FIRST_REALTIME);
}

void bp_put_signal(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    if ((u32)value - 1 < SIGNALS)
        put_signal_name(call, "SIG", (u32)value);
    else
        bp_put_int(call, i, value, detail);
}

/* A set that is nearly full is shown by what it lacks. */
void bp_put_sigbits(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    bool inverted = __builtin_popcountll(value) >= SIGNALS * 2 / 3;
    const char *separator = "";

    (void)i, (void)detail;
    bp_put(call, inverted ? "~[" : "[");
    for (u32 signal = 1; signal <= SIGNALS; signal++) {
        if ((value >> (signal - 1) & 1) == inverted)
            continue;
        put_signal_name(call, separator, signal);
        separator = " ";
    }
    bp_put(call, "]");
}

void bp_put_sigset(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    u64 bits;

    if (!value || bp_get_user64(&bits, (const u64 *)value))
        bp_put_pointer(call, i, value, detail);
    else
        bp_put_sigbits(call, i, bits, detail);
}

void bp_put_handler(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    if (value <= 1)
        bp_put(call, value ? "SIG_IGN" : "SIG_DFL");
    else
        bp_put_pointer(call, i, value, detail);
}

/* ---- strings ---- */

/* One byte as in a C string; next is the one that will follow, so that it is not taken for a digit
 * of this one. */
static void put_byte(struct bp_trace_call *call, u8 byte, u8 next)
{
    static const char letters[] = "\tt\nn\vv\ff\rr\"\"\\\\";

    for (const char *at = letters; *at; at += 2) {
        if (byte == (u8)at[0]) {
            bp_put(call, "\\%c", at[1]);
            return;
        }
    }
    if (byte >= ' ' && byte < 127)
        bp_put(call, "%c", byte);
    else if ((next >= '0' && next <= '9') || byte >= 0100)
        bp_put(call, "\\%d%d%d", byte >> 6, byte >> 3 & 7, byte & 7);
    else if (byte >= 010)
        bp_put(call, "\\%d%d", byte >> 3, byte & 7);
    else
        bp_put(call, "\\%d", byte);
}

void bp_put_quoted(struct bp_trace_call *call, u64 address, u64 count)
{
    u8 bytes[BP_TRACE_ELEMENTS + 1] = {0};
    u64 shown = BP_MIN(count, (u64)BP_TRACE_ELEMENTS);

    if (!address || bp_copy(bytes, (const void *)address, shown)) {
        bp_put_pointer(call, 0, address, 0);
        return;
    }
    bp_put(call, "\"");
    for (u64 n = 0; n < shown; n++)
        put_byte(call, bytes[n], bytes[n + 1]);
    bp_put(call, count > shown ? "\"..." : "\"");
}

/* Up to the NUL, at most limit bytes. The line goes back to where it was when the memory ends
 * before the NUL. */
static void put_text(struct bp_trace_call *call, u64 address, u64 limit)
{
    u32 len = call->len;
    bool full = call->full;
    u8 byte, next;

    if (!address || bp_copy(&next, (const void *)address, 1)) {
        bp_put_pointer(call, 0, address, 0);
        return;
    }
    bp_put(call, "\"");
    for (u64 n = 1; next && n <= limit; n++) {
        byte = next;
        if (bp_copy(&next, (const void *)(address + n), 1)) {
            call->len = len;
            call->full = full;
            bp_put_pointer(call, 0, address, 0);
            return;
        }
        put_byte(call, byte, n < limit ? next : 0);
    }
    bp_put(call, next ? "\"..." : "\"");
}

void bp_put_string(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    put_text(call, value, BP_TRACE_ELEMENTS);
}

void bp_put_path(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    enum {
        PATH_BYTES = 4095
    };

    (void)i, (void)detail;
    put_text(call, value, PATH_BYTES);
}

void bp_put_bytes(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)detail;
    bp_put_quoted(call, value, i + 1 < BP_ARGS_MAX ? call->args[i + 1] : 0);
}

/* What a call has filled: as many bytes as it returned, unless the program only asked how many
 * there are. */
void bp_put_filled(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    u64 size = i + 1 < BP_ARGS_MAX ? call->args[i + 1] : 0;

    if (size || !call->ret)
        bp_put_quoted(call, value, BP_MIN((u64)call->ret, size));
    else
        bp_put_pointer(call, i, value, detail);
}

/* ---- sets ---- */

static void put_bits(struct bp_trace_call *call, u64 address, u64 count)
{
    enum {
        BITS_SHOWN = 1024
    };
    u64 words[BITS_SHOWN / 64] = {0};
    u64 bits = BP_MIN(count, (u64)BITS_SHOWN);
    const char *separator = "";

    if (!address || bp_copy(words, (const void *)address, BP_ALIGN_UP(bits, 64) / 8)) {
        bp_put_pointer(call, 0, address, 0);
        return;
    }
    bp_put(call, "[");
    for (u32 bit = 0; bit < bits; bit++) {
        if (words[bit / 64] >> bit % 64 & 1) {
            bp_put(call, "%s%u", separator, bit);
            separator = " ";
        }
    }
    bp_put(call, "]");
}

void bp_put_fdset(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    put_bits(call, value, (int)call->args[0] > 0 ? call->args[0] : 0);
}

void bp_put_cpuset(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    put_bits(call, value, BP_MIN(call->ret > 0 ? (u64)call->ret : call->args[1], (u64)128) * 8);
}

void bp_put_selected(struct bp_trace_call *call)
{
    static const char *const sets[] = {"in ", "out ", "except "};
    const char *separator = "";

    bp_put(call, "%ld", call->ret);
    bp_put(call, call->ret ? " (" : " (Timeout)");
    if (!call->ret)
        return;
    for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
        if (!call->args[1 + i])
            continue;
        bp_put(call, "%s%s", separator, sets[i]);
        bp_put_fdset(call, 0, call->args[1 + i], 0);
        separator = ", ";
    }
    if (call->args[4]) {
        bp_put(call, "%sleft ", separator);
        bp_put_as(call, call->types[4], 4, call->args[4]);
    }
    bp_put(call, ")");
}
