/*
 * Arguments and environment arrive as given, and can be overwritten in place.
 *
 * args: one two=three -- --flag ünïcödé
 * variants: all
 */
#include "compat.h"

extern char **environ;

int main(int argc, char **argv, char **envp)
{
    SAY("%d arguments", argc);
    for (int i = 1; i < argc; i++)
        SAY("%s", argv[i]);
    CHECK(argv[argc] == NULL && envp == environ);
    CHECK(strrchr(argv[0], '/') && strcmp(strrchr(argv[0], '/'), "/arguments") == 0);
    SAY("LANG=%s", getenv("LANG"));
    SAY("MISSING %s", getenv("MISSING") ? "set" : "not set");
    SHOW(setenv("MISSING", "value", 1));
    SAY("MISSING=%s", getenv("MISSING"));
    SHOW(unsetenv("LANG"));
    SAY("LANG %s", getenv("LANG") ? "set" : "not set");
    strcpy(argv[1], "ONE");
    SAY("%s %s", argv[1], argv[2]);
    for (int i = 1; i < argc; i++)
        CHECK(argv[i] > argv[i - 1]);
    return 0;
}
