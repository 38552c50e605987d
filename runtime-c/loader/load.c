#include "loader/load.h"
#include "base/host.h"
#include "base/log.h"
#include "loader/elf.h"
#include "loader/image.h"
#include "loader/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A script's interpreter may be a script again, this often. */
enum { SCRIPT_DEPTH = 4, PATH_BYTES = 4096 };

struct loading {
    struct bp_slot *slot;
    const struct bp_load_request *request;
    struct bp_load_result *result;
    const char *why;
    struct bp_elf elf;    /* large: one at a time, on the heap of no one but this thread's stack */
    struct bp_image program, interp;
    const char *prefix[2 * SCRIPT_DEPTH + 2]; /* interpreter, argument, ..., script */
    char scripts[SCRIPT_DEPTH][BP_ELF_INTERP_MAX + BP_SCRIPT_LINE_MAX];
    u32 depth;
};

/* Puts "interpreter [argument] script" before what the prefix holds. */
static const char *enter_script(struct loading *l, const char *path)
{
    char *interp = l->scripts[l->depth++];
    char *arg = interp + BP_ELF_INTERP_MAX;
    u32 add = l->elf.script_arg[0] ? 2 : 1, old = 0;

    memcpy(interp, l->elf.interp, sizeof(l->elf.interp));
    memcpy(arg, l->elf.script_arg, sizeof(l->elf.script_arg));
    while (l->prefix[old])
        old++;
    if (!old)
        l->prefix[old++] = path;
    memmove(l->prefix + add, l->prefix, old * sizeof(l->prefix[0]));
    l->prefix[0] = interp;
    if (add == 2)
        l->prefix[1] = arg;
    return interp;
}

/* Opens path, or the interpreter at the end of its chain of scripts. */
static int open_program(struct loading *l, const char *path)
{
    for (;;) {
        int ret = bp_elf_open(path, &l->elf, &l->why);

        if (ret || l->elf.kind == BP_ELF_PROGRAM)
            return ret;
        bp_elf_close(&l->elf);
        if (l->depth == SCRIPT_DEPTH) {
            l->why = "its #! interpreters lead from script to script";
            return -ELOOP;
        }
        path = enter_script(l, path);
    }
}

static void real_path(int fd, char *buf)
{
    char link[40];
    long len;

    bp_snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = bp_host(SYS_readlinkat, AT_FDCWD, link, buf, PATH_BYTES - 1);
    buf[len < 0 ? 0 : len] = '\0';
}

static int map_all(struct loading *l, u16 *phnum)
{
    char interp[BP_ELF_INTERP_MAX];
    int ret = bp_image_map(l->slot, &l->elf, &l->program, &l->why);

    *phnum = l->elf.ehdr.e_phnum;
    memcpy(interp, l->elf.interp, sizeof(interp));
    real_path(l->elf.fd, l->result->exe);
    bp_elf_close(&l->elf);
    l->result->entry = l->program.entry;
    if (ret || !interp[0])
        return ret;
    ret = bp_elf_open(interp, &l->elf, &l->why);
    if (ret) {
        l->why = "its dynamic linker cannot be loaded";
        return ret == -ENOENT ? -ENOENT : -ELIBBAD;
    }
    ret = l->elf.kind == BP_ELF_PROGRAM ? bp_image_map(l->slot, &l->elf, &l->interp, &l->why) : -ELIBBAD;
    bp_elf_close(&l->elf);
    l->result->entry = l->interp.entry;
    return ret;
}

static long load(struct loading *l)
{
    u16 phnum;
    long ret = open_program(l, l->request->path);

    if (!ret)
        ret = map_all(l, &phnum);
    if (ret)
        return ret;
    const struct bp_stack_request stack = {
        .prefix = l->depth ? l->prefix : NULL,
        .argv = l->request->argv,
        .skip_first = l->depth > 0,
        .envp = l->request->envp,
        .execfn = l->request->path,
        .load = l->request,
        .program = &l->program,
        .phnum = phnum,
        .interp_base = l->interp.bias,
    };
    ret = bp_stack_build(l->slot, &stack, &l->result->stack);
    if (ret)
        l->why = ret == -E2BIG ? "its arguments and environment are too long" : "no memory for its stack";
    return ret;
}

long bp_load_program(struct bp_slot *slot, const struct bp_load_request *request,
                     struct bp_load_result *result, char *why, size_t why_size)
{
    struct loading l = {.slot = slot, .request = request, .result = result, .why = ""};
    long ret = load(&l);

    if (ret)
        bp_snprintf(why, why_size, "%s", l.why);
    return ret;
}

/* ---- PATH ---- */

static int usable(const char *path)
{
    return (int)bp_host(SYS_faccessat, AT_FDCWD, path, X_OK);
}

int bp_find_program(const char *name, const char *path, char *buf, size_t size)
{
    int ret = -ENOENT;

    if (strchr(name, '/')) {
        if ((size_t)bp_snprintf(buf, size, "%s", name) >= size)
            return -ENAMETOOLONG;
        return usable(buf);
    }
    for (const char *dir = path ? path : "/usr/bin:/bin", *end; dir; dir = *end ? end + 1 : NULL) {
        end = strchr(dir, ':');
        if (!end)
            end = dir + strlen(dir);
        int len = (int)(end - dir);
        if ((size_t)bp_snprintf(buf, size, "%.*s%s%s", len, dir, len ? "/" : "", name) >= size)
            return -ENAMETOOLONG;
        int err = usable(buf);
        if (!err)
            return 0;
        if (err == -EACCES)
            ret = err;
    }
    return ret;
}
