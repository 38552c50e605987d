/* The connection table: chained hash by both ends, keyed, so that peers cannot aim at a bucket. */
#include "net/tcp_flow.h"

static struct bp_tcp_entry **bucket_of(const struct bp_tcp *tcp, const struct bp_tcp_key *key)
{
    u64 ports = (u64)key->local_port << 16 | key->remote_port;
    u64 hash = bp_hash_mix(tcp->config.secret.k[0], key->remote.halves[0]);

    hash = bp_hash_mix(hash, key->remote.halves[1] ^ tcp->config.secret.k[1]);
    hash = bp_hash_mix(hash, key->local.halves[0]);
    hash = bp_hash_mix(hash, key->local.halves[1]);
    hash = bp_hash_mix(hash, ports);
    return &tcp->config.buckets[hash & (tcp->config.bucket_count - 1)];
}

struct bp_tcp_entry *bp_tcp_lookup(const struct bp_tcp *tcp, const struct bp_tcp_key *key)
{
    struct bp_tcp_entry *entry = *bucket_of(tcp, key);

    while (entry && memcmp(&entry->key, key, sizeof(*key)))
        entry = entry->next;
    return entry;
}

void bp_tcp_insert(struct bp_tcp *tcp, struct bp_tcp_entry *entry)
{
    struct bp_tcp_entry **bucket = bucket_of(tcp, &entry->key);

    entry->next = *bucket;
    *bucket = entry;
}

void bp_tcp_remove(struct bp_tcp *tcp, struct bp_tcp_entry *entry)
{
    struct bp_tcp_entry **link = bucket_of(tcp, &entry->key);

    while (*link != entry) {
        BP_BUG_ON(!*link);
        link = &(*link)->next;
    }
    *link = entry->next;
}
