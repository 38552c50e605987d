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
constexpr int kDescriptorsMax = 4; // room to see, and close, more than are expected

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

// Appends the descriptors of a message.
void TakeDescriptors(msghdr *message, std::vector<Descriptor> *taken)
{
    for (cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(part) + i * sizeof(fd), sizeof(fd));
            taken->emplace_back(fd);
        }
    }
}

// Appends what comes. Returns false at the end or after an error, with errno 0 at the end.
bool Receive(int socket, std::string *answer, std::vector<Descriptor> *taken)
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
    TakeDescriptors(&message, taken);
    answer->append(text, static_cast<size_t>(got));
    return true;
}

} // namespace

std::vector<Descriptor> RequestDescriptors(const std::string &socket_path, const std::string &word,
                                           size_t count, std::string *problem,
                                           Descriptor *connection)
{
    const std::string request = word + "\n";
    Descriptor socket(Connect(socket_path, problem));
    std::vector<Descriptor> taken;
    std::string answer;

    if (socket.get() < 0)
        return {};
    if (send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
        Fail(problem, "the control socket takes no request");
        return {};
    }
    while (answer.find('\n') == std::string::npos) {
        if (answer.size() > kAnswerBytesMax) {
            *problem = "the answer has no end";
            return {};
        }
        if (!Receive(socket.get(), &answer, &taken)) {
            *problem = errno == 0 ? "the runtime closed the connection without an answer"
                                  : std::string("there is no answer (") + strerror(errno) + ")";
            return {};
        }
    }
    if (taken.size() < count) {
        *problem = "the answer has no " + std::string(count == 1 ? "region" : "descriptors") +
                   ": " + answer.substr(0, answer.find('\n'));
        return {};
    }
    taken.resize(count);
    if (connection)
        *connection = std::move(socket);
    return taken;
}

} // namespace bypassgen
