// Reads layouts of damaged statistics regions, each in memory of exactly its size, under the
// sanitizers.
#include "region.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

namespace
{

constexpr int kRounds = 300000;

struct Header {
    char magic[8];
    uint32_t words[6]; // header_bytes, worker_rows, worker_stats, app_rows, app_stats, pid
};

std::vector<unsigned char> GoodRegion()
{
    Header header = {{'b', 'p', 's', 't', 'a', 't', 's', 1}, {sizeof(Header), 2, 3, 2, 2, 1}};
    std::vector<unsigned char> bytes(sizeof(header) + 5 * 32 + 2 * 32 + (2 * 3 + 2 * 2) * 8);

    memcpy(bytes.data(), &header, sizeof(header));
    for (int i = 0; i < 5; i++)
        snprintf(reinterpret_cast<char *>(bytes.data()) + sizeof(header) + i * 32, 32, "counter_%d",
                 i);
    return bytes;
}

// Values that arithmetic stumbles over, and ordinary ones.
uint32_t Word(std::mt19937 &random)
{
    static const uint32_t edges[] = {
        0, 1, 2, 31, 32, 40, 4096, 65536, 1u << 31, UINT32_MAX, UINT32_MAX / 32};

    return random() % 2 ? edges[random() % (sizeof(edges) / sizeof(*edges))] : random() % 8;
}

void Damage(std::vector<unsigned char> *bytes, std::mt19937 &random)
{
    for (unsigned i = random() % 4; i > 0; i--) {
        uint32_t word = Word(random);

        memcpy(bytes->data() + 8 + 4 * (random() % 6), &word, sizeof(word));
    }
    for (unsigned i = random() % 3; i > 0; i--)
        (*bytes)[random() % bytes->size()] = static_cast<unsigned char>(random());
    if (random() % 2)
        bytes->resize(random() % (bytes->size() + 64));
    bytes->shrink_to_fit();
}

} // namespace

int main()
{
    std::mt19937 random(20261122);
    int accepted = 0;

    for (int round = 0; round < kRounds; round++) {
        std::vector<unsigned char> bytes = GoodRegion();
        bypassgen::Layout layout = {};

        if (round > 0)
            Damage(&bytes, random);
        if (!bypassgen::ReadLayout(bytes.data(), bytes.size(), &layout).empty())
            continue;
        accepted++;
        // What was accepted is what the addon will read.
        if (layout.offset + layout.counters * 8 > bytes.size())
            return fprintf(stderr, "round %d: counters beyond the end\n", round), 1;
    }
    printf("%d of %d accepted\n", accepted, kRounds);
    return accepted > 0 && accepted < kRounds ? 0 : 1;
}
