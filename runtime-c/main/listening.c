#include "main/listening.h"

#include <stdio.h>
#include <string.h>

enum {
    LISTEN_STATE = 0x0a /* TCP_LISTEN in /proc/net/tcp */,
    ACCEPTS_FLAG = 0x10000 /* __SO_ACCEPTCON */
};

static bool table_has_port(const char *table, u16 port)
{
    FILE *file = fopen(table, "re");
    char line[256];
    bool found = false;

    while (file && !found && fgets(line, sizeof(line), file)) {
        unsigned local_port, state;

        found = sscanf(line, " %*[^:]: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &local_port,
                       &state) == 2 &&
                local_port == port && state == LISTEN_STATE;
    }
    if (file)
        fclose(file);
    return found;
}

static bool unix_listens(const char *path)
{
    FILE *file = fopen("/proc/self/net/unix", "re");
    char line[512], name[256];
    bool found = false;

    while (file && !found && fgets(line, sizeof(line), file)) {
        unsigned flags;

        found = sscanf(line, "%*[^:]: %*x %*x %x %*x %*x %*u %255s", &flags, name) == 2 &&
                flags & ACCEPTS_FLAG && !strcmp(name, path);
    }
    if (file)
        fclose(file);
    return found;
}

bool bp_app_listens(const struct bp_app_config *config)
{
    for (u32 i = 0; i < config->listen_count; i++) {
        const struct bp_app_listen *place = &config->listens[i];
        bool listens = place->path ? unix_listens(place->path)
                                   : table_has_port("/proc/self/net/tcp", place->port) ||
                                         table_has_port("/proc/self/net/tcp6", place->port);

        if (!listens)
            return false;
    }
    return true;
}
