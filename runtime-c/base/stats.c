#include "base/stats.h"
#include "base/host.h"
#include "base/log.h"
#include "base/region.h"

#include <sys/syscall.h>

static const char names[][BP_STATS_NAME] = {
#define BP_WORKER_STAT(id, name, help) name,
#define BP_APP_STAT(id, name, help)
#include "base/stats.def"
#undef BP_WORKER_STAT
#undef BP_APP_STAT
#define BP_WORKER_STAT(id, name, help)
#define BP_APP_STAT(id, name, help) name,
#include "base/stats.def"
#undef BP_WORKER_STAT
#undef BP_APP_STAT
};

/* Where counts go before bp_stats_init. */
static u64 nowhere[BP_WORKER_STATS + BP_APP_STATS];

static struct bp_stats_header *header;
static char (*app_names)[BP_STATS_NAME];
static u64 *worker_rows, *app_rows;

static void lay_out(char *memory, u32 workers, u32 apps)
{
    header = (struct bp_stats_header *)memory;
    *header = (struct bp_stats_header){
        .magic = "bpstats\1",
        .header_bytes = sizeof(*header),
        .worker_rows = workers,
        .worker_stats = BP_WORKER_STATS,
        .app_rows = apps,
        .app_stats = BP_APP_STATS,
        .pid = (u32)bp_host(SYS_getpid),
    };
    memory += sizeof(*header);
    memcpy(memory, names, sizeof(names));
    memory += sizeof(names);
    app_names = (char(*)[BP_STATS_NAME])memory;
    memory += (size_t)apps * BP_STATS_NAME;
    worker_rows = (u64 *)memory;
    app_rows = worker_rows + (size_t)workers * BP_WORKER_STATS;
}

int bp_stats_init(u32 workers, u32 apps)
{
    size_t size = sizeof(struct bp_stats_header) + sizeof(names) + (size_t)apps * BP_STATS_NAME +
                  (size_t)workers * BP_WORKER_STATS * 8 + (size_t)apps * BP_APP_STATS * 8;
    struct bp_region region;
    int ret = bp_region_create(&region, "bypassgen-stats", size);

    if (ret)
        return ret;
    lay_out(region.memory, workers, apps);
    return region.fd;
}

u64 *bp_stats_worker_row(u32 worker)
{
    return header ? worker_rows + (size_t)worker * BP_WORKER_STATS : nowhere;
}

u64 *bp_stats_app_row(u32 app)
{
    return header ? app_rows + (size_t)app * BP_APP_STATS : nowhere;
}

u64 *bp_stats_uncounted(void)
{
    return nowhere;
}

void bp_stats_set_app_name(u32 app, const char *name)
{
    if (header)
        bp_snprintf(app_names[app], BP_STATS_NAME, "%s", name);
}
