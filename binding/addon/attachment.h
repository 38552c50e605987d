// An attachment to a runtime (runtime-c/socket/attachment.h): the region is given to JavaScript,
// which speaks the protocol; here are the doorbells, and the event loop that waits at them.
#ifndef BYPASSGEN_BINDING_ATTACHMENT_H
#define BYPASSGEN_BINDING_ATTACHMENT_H

#include "request.h"
#include "uv-abi.h"

#include <cstdint>
#include <memory>
#include <napi.h>

namespace bypassgen
{

// A mapped region of a runtime. It lives as long as JavaScript can reach its memory.
class SharedRegion
{
  public:
    // Null, and what is wrong, when the descriptor's file is no such region.
    static std::unique_ptr<SharedRegion> Map(int fd, std::string *problem);
    ~SharedRegion();
    SharedRegion(const SharedRegion &) = delete;
    SharedRegion &operator=(const SharedRegion &) = delete;

    void *memory() const
    {
        return memory_;
    }
    size_t size() const
    {
        return size_;
    }
    // True when the runtime has marked a slot.
    bool HasMarks() const;
    // From now on the runtime rings, or no more: while we are awake anyway.
    void Arm(bool armed) const;

  private:
    SharedRegion(void *memory, size_t size) : memory_(memory), size_(size)
    {
    }

    void *memory_;
    size_t size_;
};

// What JavaScript holds: { region: ArrayBuffer, ring(), ref(), unref(), close() }. Before the loop
// waits, and after it has waited, onMarks is called if there are marks; onEnd when the runtime is
// gone. After close neither is called, and ring does nothing.
class Attachment : public Napi::ObjectWrap<Attachment>
{
  public:
    static Napi::Function Define(Napi::Env env);
    explicit Attachment(const Napi::CallbackInfo &info);

    // Takes over what the runtime gave. False when the loop does not watch the descriptors.
    bool Take(std::unique_ptr<SharedRegion> region, std::vector<Descriptor> doorbells,
              Descriptor connection, const Napi::FunctionReference &on_marks,
              const Napi::FunctionReference &on_end);

  private:
    enum {
        kHandles = 4
    }; // doorbell, connection, prepare, check

    Napi::Value RegionOf(const Napi::CallbackInfo &info);
    void Ring(const Napi::CallbackInfo &info);
    void RefLoop(const Napi::CallbackInfo &info);
    void UnrefLoop(const Napi::CallbackInfo &info);
    void CloseFromJavaScript(const Napi::CallbackInfo &info);

    static Attachment *Of(uv_handle_s *handle);
    static void OnRing(uv_handle_s *handle, int status, int events);
    static void OnConnection(uv_handle_s *handle, int status, int events);
    static void BeforeWait(uv_handle_s *handle);
    static void AfterWait(uv_handle_s *handle);
    static void OnHandleClosed(uv_handle_s *handle);
    static void OnEnvironmentEnd(napi_async_cleanup_hook_handle hook, void *data);

    bool Start(uv_loop_s *loop);
    void Close();
    void Call(Napi::FunctionReference *function);
    void LookForMarks();

    Napi::ObjectReference region_reference_;
    const SharedRegion *region_ = nullptr; // belongs to the ArrayBuffer
    Descriptor wait_, ring_, connection_;
    Napi::FunctionReference on_marks_, on_end_;
    std::unique_ptr<Napi::AsyncContext> context_;
    uv_handle_s *handles_[kHandles] = {};
    int open_handles_ = 0;
    bool closing_ = false;
    napi_async_cleanup_hook_handle hook_ = nullptr;
};

// Attaches on a thread of libuv's. Arguments as of attach in addon.cc. Returns a promise.
Napi::Value StartAttaching(const Napi::CallbackInfo &info, Napi::FunctionReference *attachment);

} // namespace bypassgen

#endif
