// sources: runtime-c/entry/insn.c
/*
 * The decoder against objdump over real code: length, kind, branch target, operand relative to rip,
 * and that no instruction with a vector operand goes unnoticed. BP_TEST_FULL=1 reads the large
 * files to their end.
 */
#include "entry/insn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct line {
    u64 addr;
    u8 bytes[32];
    u32 length;
    const char *text; /* mnemonic and operands */
};

struct tally {
    u64 insns, bad, wrong;
};

static bool parse(char *line, struct line *l)
{
    char *at, *end;

    l->addr = strtoull(line, &at, 16);
    if (at == line || at[0] != ':' || at[1] != '\t')
        return false;
    at += 2;
    for (l->length = 0; l->length < sizeof(l->bytes); at = end + 1) {
        unsigned long byte = strtoul(at, &end, 16);

        if (end != at + 2 || *end != ' ')
            break;
        l->bytes[l->length++] = (u8)byte;
    }
    l->text = strchr(at, '\t');
    return l->length && l->text && l->text++;
}

/* The word of the text that is no prefix. */
static const char *mnemonic(const char *text)
{
    static const char *const prefixes[] = {"bnd ",  "notrack ", "data16 ", "addr32 ", "rep ",
                                           "repz ", "repnz ",   "lock ",   "cs ",     "ds ",
                                           "es ",   "ss ",      "fs ",     "gs ",     "rex"};

    for (u32 i = 0; i < ARRAY_SIZE(prefixes); i++) {
        if (!strncmp(text, prefixes[i], strlen(prefixes[i]))) {
            const char *space = strchr(text, ' ');

            return space ? mnemonic(space + strspn(space, " ")) : text;
        }
    }
    return text;
}

static bool starts(const char *text, const char *word)
{
    return !strncmp(text, word, strlen(word));
}

static bool is_word(const char *text, const char *word)
{
    return starts(text, word) && strchr(" \t\n", text[strlen(word)]);
}

static enum bp_insn_kind kind_of(const char *text)
{
    const char *name = mnemonic(text);
    bool indirect = name[strcspn(name, "*<")] == '*';

    if (is_word(name, "syscall"))
        return BP_INSN_SYSCALL;
    if (starts(name, "call") || starts(name, "lcall"))
        return indirect ? BP_INSN_CALL_INDIRECT : BP_INSN_CALL;
    if (starts(name, "jmp") || starts(name, "ljmp"))
        return indirect ? BP_INSN_JUMP_INDIRECT : BP_INSN_JUMP;
    if (name[0] == 'j' || starts(name, "loop") || is_word(name, "xbegin"))
        return BP_INSN_BRANCH;
    if (starts(name, "ret") || starts(name, "lret") || starts(name, "iret"))
        return BP_INSN_RETURN;
    if (is_word(name, "hlt") || is_word(name, "ud2") || is_word(name, "int3") ||
        is_word(name, "int") || starts(name, "sysret") || starts(name, "sysenter") ||
        starts(name, "sysexit"))
        return BP_INSN_STOP;
    return BP_INSN_PLAIN;
}

static bool has_vector_operand(const char *text)
{
    return strstr(text, "%xmm") || strstr(text, "%ymm") || strstr(text, "%zmm") ||
           strstr(text, "%mm") || strstr(text, "%st") || strstr(text, "%k") ||
           strstr(text, "%tmm") || starts(text, "fld") || starts(text, "fst") ||
           starts(text, "xsave") || starts(text, "xrstor") || starts(text, "vzero");
}

/* What the decoder calls invalid on purpose, and what objdump prints for bytes that make no
 * instruction. */
static bool is_outside(const struct line *l)
{
    static const char *const outside[] = {"(bad)",  ".byte",   "(%eip)", "%db",  "%cr",
                                          "vmread", "vmwrite", "jmpw",   "callw"};
    const char *text = l->text, *name = mnemonic(text);
    bool now3d = l->bytes[0] == 0x0f && l->bytes[1] == 0x0f,
         rex_before_vex = starts(text, "rex") && name[0] == 'v';

    if (now3d || rex_before_vex)
        return true;
    for (u32 i = 0; i < ARRAY_SIZE(outside); i++)
        if (strstr(text, outside[i]))
            return true;
    /* Prefixes with nothing behind them. */
    return starts(name, "rex") || strchr("\n", name[strcspn(name, " \n")]) == name ||
           !strcmp(name, "data16\n") || !strcmp(name, "addr32\n") || !strcmp(name, "cs\n") ||
           !strcmp(name, "lock\n");
}

static const char *check(struct line *l)
{
    struct bp_insn insn;
    u32 length = bp_insn_decode(&insn, l->bytes, l->bytes + l->length);
    const char *comment = strstr(l->text, "# ");

    if (l->bytes[0] == 0x9b && l->length > 1) { /* objdump prints fwait as part of its neighbour */
        memmove(l->bytes, l->bytes + 1, --l->length);
        l->addr++;
        length = bp_insn_decode(&insn, l->bytes, l->bytes + l->length);
    }
    if (length != l->length)
        return "length";
    if (bp_insn_decode(&insn, l->bytes, l->bytes + l->length - 1))
        return "reads behind the end";
    bp_insn_decode(&insn, l->bytes, l->bytes + l->length);
    if (insn.kind != kind_of(l->text))
        return "kind";
    if (insn.rel_size) {
        const char *text = mnemonic(l->text);

        text += strcspn(text, " ,");
        if (starts(text, ",p")) /* branch hint */
            text += 3;
        if (strtoull(text, NULL, 16) != l->addr + length + (u64)(s64)insn.rel)
            return "target";
    }
    if (!!strstr(l->text, "(%rip)") != !!insn.disp_at)
        return "operand relative to rip";
    if (insn.disp_at && comment) {
        s32 disp;

        memcpy(&disp, l->bytes + insn.disp_at, 4);
        if (strtoull(comment + 2, NULL, 16) != l->addr + length + (u64)(s64)disp)
            return "place of the displacement";
    }
    if (has_vector_operand(l->text) && !(insn.flags & BP_INSN_VECTORS))
        return "vectors";
    if (is_word(l->text, "endbr64") != !!(insn.flags & BP_INSN_LANDING))
        return "landing";
    return NULL;
}

static void compare(const char *path, u64 stop, struct tally *tally)
{
    char command[512], text[1024];
    FILE *objdump;
    struct line l;

    snprintf(command, sizeof(command), "objdump -d -w --insn-width=15 '%s' 2>/dev/null", path);
    objdump = popen(command, "r");
    while (fgets(text, sizeof(text), objdump) && tally->insns < stop) {
        const char *wrong;

        if (!parse(text, &l))
            continue;
        if (is_outside(&l)) {
            tally->bad++;
            continue;
        }
        tally->insns++;
        wrong = check(&l);
        if (wrong && tally->wrong++ < 20)
            printf("  %s: %s: %s", path, wrong, text);
    }
    pclose(objdump);
}

int main(void)
{
    static const char *const files[] = {
        "/lib/x86_64-linux-gnu/libc.so.6",          "/lib64/ld-linux-x86-64.so.2",
        "/usr/lib/x86_64-linux-musl/libc.so",       "/bin/busybox",
        "/usr/lib/x86_64-linux-gnu/libm.so.6",      "/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
        "/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "/usr/bin/node",
        "/usr/lib/gcc/x86_64-linux-gnu/12/cc1",
    };
    u64 stop = getenv("BP_TEST_FULL") ? UINT64_MAX : 600000;
    bool failed = false, any = false;

    if (system("objdump --version >/dev/null 2>&1")) {
        printf("skip: no objdump\n");
        return 77;
    }
    for (u32 i = 0; i < ARRAY_SIZE(files); i++) {
        struct tally tally = {0};

        if (access(files[i], R_OK))
            continue;
        compare(files[i], stop, &tally);
        printf("%s %s: %lu instructions, %lu wrong, %lu that objdump does not know\n",
               tally.wrong ? "FAIL" : "ok  ", files[i], tally.insns, tally.wrong, tally.bad);
        failed |= tally.wrong > 0;
        any |= tally.insns > 0;
    }
    return failed ? 1 : any ? 0 : 77;
}
