#include "socket/survey.h"
#include "socket/inet.h"
#include "socket/remote.h"
#include "socket/sockopt.h"

#include <netinet/in.h>

struct bp_survey_record *bp_survey_add(struct bp_survey *survey)
{
    u32 index = __atomic_fetch_add(&survey->count, 1, __ATOMIC_RELAXED);

    return index < survey->capacity ? &survey->records[index] : NULL;
}

static void set_ends(struct bp_survey_record *record, const struct bp_inet_addr *local,
                     const struct bp_inet_addr *remote)
{
    record->local_port = local->port;
    memcpy(record->local, local->words, sizeof(record->local));
    if (!remote)
        return;
    record->remote_port = remote->port;
    memcpy(record->remote, remote->words, sizeof(record->remote));
}

static void add(struct bp_survey *survey, const struct bp_file *file,
                const struct bp_inet_addr *peer, bool outside)
{
    struct bp_survey_record *record = bp_survey_add(survey);

    if (!record)
        return;
    *record = (struct bp_survey_record){
        .ipv6 = file->sock.family == AF_INET6,
        .protocol = IPPROTO_TCP,
        .state = bp_sock_tcp_state(file),
        .place = outside ? BP_SURVEY_OUTSIDE : BP_SURVEY_FUSED,
        .pid = file->sock.cred.pid,
    };
    set_ends(record, &file->sock.inet.local, peer);
    if (file->kind == BP_FILE_LISTENER) {
        record->receive_queue = file->sock.queued;
        record->send_queue = file->sock.backlog;
    } else if (file->kind == BP_FILE_TCP) {
        record->receive_queue = bp_fifo_used(&file->fifo);
        record->receive_limit = file->limit;
    }
}

/* A half that nobody holds is of no interest: it lasts as long as the other one. */
static void add_half(struct bp_survey *survey, const struct bp_file *half,
                     const struct bp_file *other)
{
    bool outside = half->kind == BP_FILE_ATTACHED || other->kind == BP_FILE_ATTACHED;

    if (half->refs)
        add(survey, half, &other->sock.inet.local, outside);
}

static void look(struct bp_file *file, void *arg)
{
    struct bp_survey *survey = arg;

    if (file->kind == BP_FILE_LISTENER) {
        add(survey, file, NULL, file->attached != NULL);
        return;
    }
    add_half(survey, file, bp_pair_second(file));
    add_half(survey, bp_pair_second(file), file);
}

bool bp_survey_local(struct bp_survey *survey, u32 *next)
{
    *next = bp_inet_each(*next, BP_SURVEY_SLICE, look, survey);
    return !*next;
}
