#include "attachment.h"

#include <cstdlib>
#include <utility>

namespace bypassgen
{

namespace
{

enum {
    kDoorbell,
    kConnection,
    kPrepare,
    kCheck
};

constexpr int kTypes[] = {UV_POLL, UV_POLL, UV_PREPARE, UV_CHECK};

// Asks the runtime, and maps, on a thread of libuv's.
class Attaching : public Napi::AsyncWorker
{
  public:
    Attaching(const Napi::CallbackInfo &info, Napi::FunctionReference *attachment)
        : Napi::AsyncWorker(info.Env()), deferred_(info.Env()),
          socket_path_(info[0].As<Napi::String>().Utf8Value()),
          on_marks_(Napi::Persistent(info[1].As<Napi::Function>())),
          on_end_(Napi::Persistent(info[2].As<Napi::Function>())), attachment_(attachment)
    {
    }

    Napi::Promise Promise() const
    {
        return deferred_.Promise();
    }

    void Execute() override
    {
        std::string problem;

        given_ = RequestDescriptors(socket_path_, "attach", 3, &problem, &connection_);
        if (!given_.empty())
            region_ = SharedRegion::Map(given_[0].get(), &problem);
        if (!region_)
            SetError(problem);
    }

    void OnOK() override
    {
        Napi::Object object = attachment_->New({});

        if (Attachment::Unwrap(object)->Take(std::move(region_), std::move(given_),
                                             std::move(connection_), on_marks_, on_end_))
            deferred_.Resolve(object);
        else
            deferred_.Reject(
                Napi::Error::New(Env(), "the event loop does not watch its descriptors").Value());
    }

    void OnError(const Napi::Error &error) override
    {
        deferred_.Reject(error.Value());
    }

  private:
    Napi::Promise::Deferred deferred_;
    std::string socket_path_;
    Napi::FunctionReference on_marks_, on_end_;
    Napi::FunctionReference *attachment_;
    std::vector<Descriptor> given_;
    Descriptor connection_;
    std::unique_ptr<SharedRegion> region_;
};

} // namespace

Napi::Value StartAttaching(const Napi::CallbackInfo &info, Napi::FunctionReference *attachment)
{
    auto *attaching = new Attaching(info, attachment);

    attaching->Queue(); // deletes itself when it is done
    return attaching->Promise();
}

Napi::Function Attachment::Define(Napi::Env env)
{
    return DefineClass(env, "Attachment",
                       {
                           InstanceAccessor<&Attachment::RegionOf>("region"),
                           InstanceMethod<&Attachment::Ring>("ring"),
                           InstanceMethod<&Attachment::RefLoop>("ref"),
                           InstanceMethod<&Attachment::UnrefLoop>("unref"),
                           InstanceMethod<&Attachment::CloseFromJavaScript>("close"),
                       });
}

// Made by JavaScript it stays empty.
Attachment::Attachment(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Attachment>(info)
{
}

bool Attachment::Take(std::unique_ptr<SharedRegion> region, std::vector<Descriptor> doorbells,
                      Descriptor connection, const Napi::FunctionReference &on_marks,
                      const Napi::FunctionReference &on_end)
{
    Napi::Env env = Env();
    uv_loop_s *loop;
    SharedRegion *shared = region.release();

    region_ = shared;
    wait_ = std::move(doorbells[1]);
    ring_ = std::move(doorbells[2]);
    connection_ = std::move(connection);
    on_marks_ = Napi::Persistent(on_marks.Value());
    on_end_ = Napi::Persistent(on_end.Value());
    context_ = std::make_unique<Napi::AsyncContext>(env, "bypassgen");
    region_reference_ = Napi::Reference<Napi::Object>::New(
        Napi::ArrayBuffer::New(
            env, shared->memory(), shared->size(),
            [](Napi::Env, void *, SharedRegion *it) { delete it; }, shared)
            .As<Napi::Object>(),
        1);
    return napi_get_uv_event_loop(env, &loop) == napi_ok && Start(loop);
}

bool Attachment::Start(uv_loop_s *loop)
{
    for (int i = 0; i < kHandles; i++) {
        handles_[i] = static_cast<uv_handle_s *>(malloc(uv_handle_size(kTypes[i])));
        if (!handles_[i])
            abort(); // as operator new does here
    }
    // On a failure some are not initialised, and none can be given back: they are left.
    if (uv_poll_init(loop, handles_[kDoorbell], wait_.get()) ||
        uv_poll_init(loop, handles_[kConnection], connection_.get()) ||
        uv_prepare_init(loop, handles_[kPrepare]) || uv_check_init(loop, handles_[kCheck]))
        return false;
    for (uv_handle_s *handle : handles_) {
        uv_handle_set_data(handle, this);
        uv_unref(handle);
    }
    open_handles_ = kHandles;
    Ref(); // until the handles are closed
    napi_add_async_cleanup_hook(Env(), OnEnvironmentEnd, this, &hook_);
    return !uv_poll_start(handles_[kDoorbell], UV_READABLE, OnRing) &&
           !uv_poll_start(handles_[kConnection], UV_READABLE, OnConnection) &&
           !uv_prepare_start(handles_[kPrepare], BeforeWait) &&
           !uv_check_start(handles_[kCheck], AfterWait);
}

// ---- of JavaScript ----

Napi::Value Attachment::RegionOf(const Napi::CallbackInfo &info)
{
    return region_ ? region_reference_.Value() : info.Env().Undefined();
}

void Attachment::Ring(const Napi::CallbackInfo &)
{
    const uint64_t one = 1;

    // A doorbell that was rung 2^64 times is still rung.
    if (ring_.get() >= 0 && write(ring_.get(), &one, sizeof(one)) < 0)
        return;
}

void Attachment::RefLoop(const Napi::CallbackInfo &)
{
    if (!closing_ && open_handles_)
        uv_ref(handles_[kDoorbell]);
}

void Attachment::UnrefLoop(const Napi::CallbackInfo &)
{
    if (!closing_ && open_handles_)
        uv_unref(handles_[kDoorbell]);
}

void Attachment::CloseFromJavaScript(const Napi::CallbackInfo &)
{
    Close();
}

// ---- of the event loop ----

Attachment *Attachment::Of(uv_handle_s *handle)
{
    return static_cast<Attachment *>(uv_handle_get_data(handle));
}

void Attachment::Call(Napi::FunctionReference *function)
{
    Napi::HandleScope scope(Env());

    // While the environment ends, JavaScript cannot be called: the marks are nobody's any more.
    if (napi_make_callback(Env(), *context_, Value(), function->Value(), 0, nullptr, nullptr) ==
        napi_ok)
        return;
    bool thrown = false;
    napi_value exception;
    if (napi_is_exception_pending(Env(), &thrown) == napi_ok && thrown &&
        napi_get_and_clear_last_exception(Env(), &exception) == napi_ok)
        napi_fatal_exception(Env(), exception); // as uncaught
}

void Attachment::LookForMarks()
{
    if (!closing_ && region_->HasMarks())
        Call(&on_marks_);
}

// Marks are looked for after the wait, in AfterWait.
void Attachment::OnRing(uv_handle_s *handle, int, int)
{
    Attachment *self = Of(handle);
    uint64_t count;

    if (!self->closing_ && read(self->wait_.get(), &count, sizeof(count)) < 0)
        return;
}

// The runtime never sends anything more: it has ended.
void Attachment::OnConnection(uv_handle_s *handle, int, int)
{
    Attachment *self = Of(handle);

    if (self->closing_)
        return;
    self->LookForMarks();
    if (!self->closing_) {
        self->Call(&self->on_end_);
        self->Close();
    }
}

void Attachment::BeforeWait(uv_handle_s *handle)
{
    Attachment *self = Of(handle);

    if (self->closing_)
        return;
    self->LookForMarks(); // what came while JavaScript ran: no ring was needed
    if (self->closing_)
        return;
    self->region_->Arm(true);
    self->LookForMarks();
}

void Attachment::AfterWait(uv_handle_s *handle)
{
    Attachment *self = Of(handle);

    if (self->closing_)
        return;
    self->region_->Arm(false);
    self->LookForMarks();
}

// ---- the end ----

void Attachment::Close()
{
    if (closing_ || !open_handles_)
        return;
    closing_ = true;
    for (uv_handle_s *handle : handles_)
        uv_close(handle, OnHandleClosed);
    ring_.Reset(-1);
}

void Attachment::OnHandleClosed(uv_handle_s *handle)
{
    Attachment *self = Of(handle);

    free(handle);
    if (--self->open_handles_)
        return;
    self->wait_.Reset(-1);
    self->connection_.Reset(-1); // tells the runtime
    if (self->hook_)
        napi_remove_async_cleanup_hook(std::exchange(self->hook_, nullptr));
    Napi::HandleScope scope(self->Env());
    self->Unref();
}

void Attachment::OnEnvironmentEnd(napi_async_cleanup_hook_handle hook, void *data)
{
    Attachment *self = static_cast<Attachment *>(data);

    if (self->open_handles_)
        self->Close();
    else
        napi_remove_async_cleanup_hook(hook);
}

} // namespace bypassgen
