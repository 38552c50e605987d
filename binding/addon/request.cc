#include "request.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace bypassgen
{

namespace
{

constexpr time_t kPatienceSeconds = 5;
constexpr size_t kAnswerBytesMax = 512;
constexpr int kDescriptorsMax = 4; // room to see, and close, more than the one that is expected

class Descriptor
{
  public:
    explicit Descriptor(int fd) : fd_(fd)
    {
    }
    ~Descriptor()
    {
        Reset(-1);
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;

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
        int fd = fd_;

        fd_ = -1;
        return fd;
    }

  private:
    int fd_;
};

int Fail(std::string *problem, const char *what)
{
    *problem = std::string(what) + " (" + strerror(errno) + ")";
    return -1;
}

int Connect(const std::string &path, std::string *problem)
{
    sockaddr_un address = {};
    timeval patience = {kPatienceSeconds, 0};

    if (path.size() >= sizeof(address.sun_path)) {
        *problem = "the path of the control socket is too long";
        return -1;
    }
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, path.data(), path.size());
    Descriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (fd.get() < 0)
        return Fail(problem, "no socket");
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)))
        return Fail(problem, "the control socket does not answer");
    return fd.Release();
}

// The first descriptor of a message goes into kept unless there is one already; all others are
// closed.
void TakeDescriptors(msghdr *message, Descriptor *kept)
{
    for (cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(part) + i * sizeof(fd), sizeof(fd));
            if (kept->get() < 0)
                kept->Reset(fd);
            else
                close(fd);
        }
    }
}

// Appends what comes. Returns false at the end or after an error, with errno 0 at the end.
bool Receive(int socket, std::string *answer, Descriptor *kept)
{
    char text[kAnswerBytesMax];
    alignas(cmsghdr) char control[CMSG_SPACE(kDescriptorsMax * sizeof(int))];
    iovec data = {text, sizeof(text)};
    msghdr message = {};

    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    ssize_t got;
    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
        errno = got == 0 ? 0 : errno;
        return false;
    }
    TakeDescriptors(&message, kept);
    answer->append(text, static_cast<size_t>(got));
    return true;
}

} // namespace

int RequestStatistics(const std::string &socket_path, std::string *problem)
{
    static const char request[] = "stats\n";
    Descriptor socket(Connect(socket_path, problem));
    Descriptor region(-1);
    std::string answer;

    if (socket.get() < 0)
        return -1;
    if (send(socket.get(), request, sizeof(request) - 1, MSG_NOSIGNAL) != sizeof(request) - 1)
        return Fail(problem, "the control socket takes no request");
    while (answer.find('\n') == std::string::npos) {
        if (answer.size() > kAnswerBytesMax) {
            *problem = "the answer has no end";
            return -1;
        }
        if (!Receive(socket.get(), &answer, &region)) {
            *problem = errno == 0 ? "the runtime closed the connection without an answer"
                                  : std::string("there is no answer (") + strerror(errno) + ")";
            return -1;
        }
    }
    if (region.get() < 0) {
        *problem = "the answer has no region: " + answer.substr(0, answer.find('\n'));
        return -1;
    }
    return region.Release();
}

} // namespace bypassgen
