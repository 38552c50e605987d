// The requests of the control socket (runtime-c/main/control.h) that JavaScript cannot make: their
// answers carry descriptors.
#ifndef BYPASSGEN_BINDING_REQUEST_H
#define BYPASSGEN_BINDING_REQUEST_H

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace bypassgen
{

// Owns a descriptor of the host; -1: none.
class Descriptor
{
  public:
    explicit Descriptor(int fd = -1) : fd_(fd)
    {
    }
    Descriptor(Descriptor &&other) noexcept : fd_(other.Release())
    {
    }
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        Reset(other.Release());
        return *this;
    }
    ~Descriptor()
    {
        Reset(-1);
    }

    int get() const
    {
        return fd_;
    }
    void Reset(int fd)
    {
        if (fd_ >= 0)
            close(fd_);
        fd_ = fd;
    }
    int Release()
    {
        return std::exchange(fd_, -1);
    }

  private:
    int fd_;
};

// Asks the runtime behind the socket for what a word names (`stats`, `attach`). Returns count
// descriptors, or none and what is wrong, as part of a sentence. The connection, when it is asked
// for, stays open. Blocks, for some seconds at most.
std::vector<Descriptor> RequestDescriptors(const std::string &socket_path, const std::string &word,
                                           size_t count, std::string *problem,
                                           Descriptor *connection = nullptr);

} // namespace bypassgen

#endif
