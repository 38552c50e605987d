#include "main/survey.h"
#include "base/region.h"
#include "bp_config.h"
#include "remote/stack.h"
#include "sched/worker.h"
#include "socket/survey.h"

#include <errno.h>
#include <sys/mman.h>

/* What one worker is to look through; all but the first are networks. */
struct part {
    struct bp_work work;
    u32 worker, next;
    bool (*slice)(struct part *part);
};

static struct bp_region region = {.fd = -1};
static struct part parts[1 + BP_WORKERS_MAX];

static bool local_slice(struct part *part)
{
    return bp_survey_local(region.memory, &part->next);
}

static bool network_slice(struct part *part)
{
    return !BP_HAS_NIC || bp_remote_survey(part->worker, region.memory, &part->next);
}

/* One slice at each turn of the worker: packets and programs come in between. */
static void run(struct bp_work *work)
{
    struct part *part = container_of(work, struct part, work);
    struct bp_survey *survey = region.memory;

    if (part->slice(part))
        __atomic_fetch_sub(&survey->pending, 1, __ATOMIC_RELEASE);
    else
        bp_worker_post(bp_workers[part->worker], work);
}

static void begin_part(struct part *part, u32 worker, bool (*slice)(struct part *part))
{
    *part = (struct part){.work.run = run, .worker = worker, .slice = slice};
    bp_worker_post(bp_workers[worker], &part->work);
}

static bool is_busy(void)
{
    const struct bp_survey *survey = region.memory;

    return survey && __atomic_load_n(&survey->pending, __ATOMIC_ACQUIRE);
}

void bp_main_survey_end(void)
{
    if (region.memory && !is_busy())
        bp_region_destroy(&region);
}

int bp_main_survey_begin(void)
{
    struct bp_survey *survey;
    int ret;

    bp_main_survey_end();
    if (region.memory)
        return -EBUSY;
    ret = bp_region_create(&region, "bypassgen-sockets",
                           sizeof(*survey) + BP_SURVEY_MAX * sizeof(survey->records[0]));
    if (ret)
        return ret;
    madvise(region.memory, region.bytes, MADV_DONTFORK);
    survey = region.memory;
    *survey = (struct bp_survey){
        .magic = BP_SURVEY_MAGIC,
        .header_bytes = sizeof(*survey),
        .record_bytes = sizeof(survey->records[0]),
        .info_bytes = sizeof(struct tcp_info),
        .capacity = BP_SURVEY_MAX,
        .pending = 1 + (BP_HAS_NIC ? bp_nr_workers : 0),
    };
    begin_part(&parts[0], 0, local_slice);
    for (u32 i = 0; BP_HAS_NIC && i < bp_nr_workers; i++)
        begin_part(&parts[1 + i], i, network_slice);
    return region.fd;
}
