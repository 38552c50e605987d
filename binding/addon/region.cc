#include "region.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace bypassgen
{

namespace
{

// As struct bp_stats_header.
struct Header {
    char magic[8];
    uint32_t header_bytes;
    uint32_t worker_rows, worker_stats;
    uint32_t app_rows, app_stats;
    uint32_t pid;
};

constexpr char kMagic[] = "bpstats\1";
constexpr size_t kNameBytes = 32;

// Far above any machine, and small enough that no product of them overflows.
constexpr uint32_t kRowsMax = 1 << 16;
constexpr uint32_t kCountersMax = 1 << 10;
constexpr uint32_t kHeaderBytesMax = 4096;

bool IsCounterName(const std::string &name)
{
    return !name.empty() &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

// Reads count names of kNameBytes each. False when one is not a name.
bool ReadNames(const unsigned char *bytes, uint32_t count, std::vector<std::string> *names)
{
    for (uint32_t i = 0; i < count; i++) {
        char name[kNameBytes];

        memcpy(name, bytes + i * kNameBytes, kNameBytes);
        names->emplace_back(name, strnlen(name, kNameBytes));
        if (names->back().size() == kNameBytes || !IsCounterName(names->back()))
            return false;
    }
    return true;
}

// A region that could shrink under our mapping would turn a read into SIGBUS.
bool KeepsItsSize(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);

    return seals >= 0 && (seals & F_SEAL_SHRINK);
}

} // namespace

std::string ReadLayout(const unsigned char *bytes, size_t size, Layout *layout)
{
    Header header;

    if (size < sizeof(header))
        return "it is too short for a header";
    memcpy(&header, bytes, sizeof(header));
    if (memcmp(header.magic, kMagic, sizeof(header.magic)) != 0)
        return "it does not begin as statistics do, or is of another version";
    if (header.header_bytes < sizeof(header) || header.header_bytes > kHeaderBytesMax ||
        header.header_bytes % 8 != 0)
        return "its header has an impossible size";
    if (header.worker_rows > kRowsMax || header.app_rows > kRowsMax ||
        header.worker_stats > kCountersMax || header.app_stats > kCountersMax)
        return "its header has impossible counts";

    size_t counter_names = size_t{header.worker_stats} + header.app_stats;
    size_t counters = size_t{header.worker_rows} * header.worker_stats +
                      size_t{header.app_rows} * header.app_stats;
    size_t offset = header.header_bytes + (counter_names + header.app_rows) * kNameBytes;
    if (size < offset + counters * sizeof(uint64_t))
        return "it is shorter than its header says";

    *layout = Layout{header.pid, header.worker_rows, header.app_rows, {}, {}, offset, counters};
    const unsigned char *names = bytes + header.header_bytes;
    if (!ReadNames(names, header.worker_stats, &layout->worker_counters) ||
        !ReadNames(names + header.worker_stats * kNameBytes, header.app_stats,
                   &layout->app_counters))
        return "a counter's name is malformed";
    return "";
}

std::unique_ptr<Region> Region::Map(int fd, std::string *problem)
{
    struct stat st;

    if (!KeepsItsSize(fd)) {
        *problem = "it is not sealed against shrinking";
        return nullptr;
    }
    if (fstat(fd, &st) || st.st_size <= 0) {
        *problem = "it has no size";
        return nullptr;
    }
    size_t size = static_cast<size_t>(st.st_size);
    void *memory = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        *problem = std::string("it cannot be mapped (") + strerror(errno) + ")";
        return nullptr;
    }
    std::unique_ptr<Region> region(new Region(memory, size));
    const unsigned char *bytes = static_cast<unsigned char *>(memory);
    *problem = ReadLayout(bytes, size, &region->layout_);
    if (!problem->empty())
        return nullptr;
    region->counters_ = reinterpret_cast<const uint64_t *>(bytes + region->layout_.offset);
    return region;
}

Region::~Region()
{
    munmap(memory_, size_);
}

} // namespace bypassgen
