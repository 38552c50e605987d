// The statistics region of a runtime, mapped for reading. runtime-c/base/stats.h says what it looks
// like; whoever made this one may have had other ideas, so nothing in it is believed: the header
// and the names are copied once and checked, and afterwards only counters are read, at offsets that
// were computed here.
#ifndef BYPASSGEN_BINDING_REGION_H
#define BYPASSGEN_BINDING_REGION_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bypassgen
{

struct Layout {
    uint32_t pid; // of the runtime
    uint32_t worker_rows, app_rows;
    std::vector<std::string> worker_counters, app_counters; // names: the columns of the rows
    size_t offset;   // of the first counter, in bytes; workers' rows come first, then the programs'
    size_t counters; // in all rows together
};

// Checks a header and names. Returns what is wrong, as part of a sentence; empty: nothing, and
// layout is filled.
std::string ReadLayout(const unsigned char *bytes, size_t size, Layout *layout);

class Region
{
  public:
    // Maps the region behind a descriptor, which stays the caller's. Null, and what is wrong, when
    // it is none.
    static std::unique_ptr<Region> Map(int fd, std::string *problem);
    ~Region();
    Region(const Region &) = delete;
    Region &operator=(const Region &) = delete;

    const Layout &layout() const
    {
        return layout_;
    }

    // index < layout().counters. Each counter is read whole, while its writer goes on.
    uint64_t Counter(size_t index) const
    {
        return __atomic_load_n(counters_ + index, __ATOMIC_RELAXED);
    }

  private:
    Region(void *memory, size_t size) : memory_(memory), size_(size)
    {
    }

    void *memory_;
    size_t size_;
    Layout layout_;
    const uint64_t *counters_ = nullptr;
};

} // namespace bypassgen

#endif
