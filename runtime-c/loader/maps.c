#include "loader/maps.h"
#include "base/host.h"
#include "base/proc_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Reads the file a character at a time through a small buffer. */
struct reader {
    int fd;
    long error; /* negative errno of a failed read */
    u32 at, len;
    char buf[256];
};

enum {
    END = -1
};

/* The next character, which stays the next until skip() is called; END at the end of the file. */
static int peek(struct reader *r)
{
    if (r->at == r->len && !r->error) {
        long len = bp_host(SYS_read, r->fd, r->buf, sizeof(r->buf));

        r->error = len < 0 ? len : 0;
        r->len = len < 0 ? 0 : (u32)len;
        r->at = 0;
    }
    return r->at < r->len ? (u8)r->buf[r->at] : END;
}

static void skip(struct reader *r)
{
    r->at += r->at < r->len;
}

static int digit(int c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A hexadecimal number and the character behind it. */
static u64 number(struct reader *r)
{
    u64 value = 0;

    for (; digit(peek(r)) >= 0; skip(r))
        value = value << 4 | (u64)digit(peek(r));
    skip(r);
    return value;
}

static void word(struct reader *r)
{
    while (peek(r) != ' ' && peek(r) != '\n' && peek(r) != END)
        skip(r);
}

static void blanks(struct reader *r)
{
    while (peek(r) == ' ')
        skip(r);
}

static void permissions(struct reader *r, struct bp_map_entry *out)
{
    for (out->prot = 0, out->shared = false; peek(r) != ' ' && peek(r) != '\n' && peek(r) != END;
         skip(r)) {
        int c = peek(r);

        out->prot |= c == 'r' ? PROT_READ : c == 'w' ? PROT_WRITE : c == 'x' ? PROT_EXEC : 0;
        out->shared |= c == 's';
    }
    blanks(r);
}

/* The rest of the line: it may be longer than the room for it. */
static void name(struct reader *r, char *to)
{
    u32 len = 0;

    for (; peek(r) != '\n' && peek(r) != END; skip(r)) {
        if (len < BP_MAP_NAME_MAX - 1)
            to[len++] = (char)peek(r);
    }
    to[len] = '\0';
    skip(r);
}

/* start-end perms offset device inode name: proc_pid_maps(5). */
static void line(struct reader *r, struct bp_map_entry *out)
{
    out->start = number(r);
    out->end = number(r);
    permissions(r, out);
    out->offset = number(r);
    word(r);
    blanks(r);
    word(r);
    blanks(r);
    name(r, out->name);
}

int bp_maps_find(u64 addr, struct bp_map_entry *out)
{
    struct reader r = {
        .fd = (int)bp_host(SYS_openat, bp_proc_dir(), "self/maps", O_RDONLY | O_CLOEXEC)};
    bool found = false;

    if (r.fd < 0)
        return r.fd;
    while (!found && peek(&r) != END) {
        line(&r, out);
        found = addr >= out->start && addr < out->end;
    }
    bp_host(SYS_close, r.fd);
    return found ? 0 : r.error ? (int)r.error : -ENOENT;
}
