#include "net/addr.h"

bool bp_ip_in_prefix(const struct bp_ip_addr *addr, const struct bp_ip_prefix *prefix)
{
    bool v4 = bp_ip_is_v4(&prefix->addr);
    u32 bits = prefix->length + (v4 ? 96u : 0u), bytes = bits / 8;
    u8 mask = (u8)(0xff00 >> bits % 8);

    if (bp_ip_is_v4(addr) != v4 || memcmp(addr->bytes, prefix->addr.bytes, bytes) != 0)
        return false;
    return bits % 8 == 0 || !((addr->bytes[bytes] ^ prefix->addr.bytes[bytes]) & mask);
}
