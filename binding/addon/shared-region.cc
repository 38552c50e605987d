#include "attachment.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace bypassgen
{

namespace
{

// As struct bp_attached_header.
constexpr size_t kClientArmedAt = 64;
constexpr size_t kToClientAt = 448;
constexpr size_t kMarkBytes = 256;
constexpr size_t kLeastBytes = 4096;

} // namespace

std::unique_ptr<SharedRegion> SharedRegion::Map(int fd, std::string *problem)
{
    int seals = fcntl(fd, F_GET_SEALS);
    struct stat st;

    if (seals < 0 || !(seals & F_SEAL_SHRINK)) {
        *problem = "its region is not sealed against shrinking";
        return nullptr;
    }
    if (fstat(fd, &st) || st.st_size < static_cast<off_t>(kLeastBytes)) {
        *problem = "its region is too short for a header";
        return nullptr;
    }
    size_t size = static_cast<size_t>(st.st_size);
    void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (memory == MAP_FAILED) {
        *problem = std::string("its region cannot be mapped (") + strerror(errno) + ")";
        return nullptr;
    }
    return std::unique_ptr<SharedRegion>(new SharedRegion(memory, size));
}

SharedRegion::~SharedRegion()
{
    munmap(memory_, size_);
}

bool SharedRegion::HasMarks() const
{
    auto *words = reinterpret_cast<const uint64_t *>(static_cast<char *>(memory_) + kToClientAt);
    uint64_t any = 0;

    for (size_t i = 0; i < kMarkBytes / sizeof(uint64_t); i++)
        any |= __atomic_load_n(words + i, __ATOMIC_RELAXED);
    return any != 0;
}

void SharedRegion::Arm(bool armed) const
{
    auto *word = reinterpret_cast<uint32_t *>(static_cast<char *>(memory_) + kClientArmedAt);

    __atomic_store_n(word, armed ? 1 : 0, __ATOMIC_SEQ_CST);
}

} // namespace bypassgen
