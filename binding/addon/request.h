// The one request of the control socket (runtime-c/main/control.h) that JavaScript cannot make: its
// answer carries a descriptor.
#ifndef BYPASSGEN_BINDING_REQUEST_H
#define BYPASSGEN_BINDING_REQUEST_H

#include <string>

namespace bypassgen
{

// Asks the runtime behind the socket for its statistics region. Returns a descriptor, the caller's,
// or -1 and what is wrong, as part of a sentence. Blocks, for some seconds at most.
int RequestStatistics(const std::string &socket_path, std::string *problem);

} // namespace bypassgen

#endif
