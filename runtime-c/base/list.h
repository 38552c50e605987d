/* Circular doubly linked list whose head is a node like any other. */
#ifndef BP_BASE_LIST_H
#define BP_BASE_LIST_H

#include "base/base.h"

struct bp_list {
    struct bp_list *next, *prev;
};

#define BP_LIST_INIT(name) \
    {                      \
        &(name), &(name)   \
    }

BP_INLINE void bp_list_init(struct bp_list *head)
{
    head->next = head->prev = head;
}

BP_INLINE bool bp_list_empty(const struct bp_list *head)
{
    return head->next == head;
}

/* Inserts before pos: with a head, that is the tail. */
BP_INLINE void bp_list_add_tail(struct bp_list *pos, struct bp_list *node)
{
    node->next = pos;
    node->prev = pos->prev;
    pos->prev->next = node;
    pos->prev = node;
}

BP_INLINE void bp_list_add_head(struct bp_list *pos, struct bp_list *node)
{
    bp_list_add_tail(pos->next, node);
}

/* Unlinks and leaves the node empty, so that unlinking twice is harmless and "is it linked?" can be
 * asked. */
BP_INLINE void bp_list_del(struct bp_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    bp_list_init(node);
}

#define bp_list_entry(node, type, member) container_of(node, type, member)
#define bp_list_first(head, type, member) bp_list_entry((head)->next, type, member)
#define bp_list_for_each(it, head) \
    for (struct bp_list *it = (head)->next; it != (head); it = it->next)
/* The body may unlink the current node. */
#define bp_list_for_each_safe(it, head)                                          \
    for (struct bp_list *it = (head)->next, *it##_next = it->next; it != (head); \
         it = it##_next, it##_next = it->next)

#endif
