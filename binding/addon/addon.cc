// What JavaScript sees: open(socketPath) resolves to a Statistics object that reads counters from
// shared memory. All checking of what they mean is done in JavaScript; all checking that keeps this
// process alive is done here.
#include "attachment.h"
#include "region.h"
#include "request.h"

#include <memory>
#include <napi.h>
#include <string>
#include <utility>

namespace bypassgen
{

namespace
{

Napi::Array ToArray(Napi::Env env, const std::vector<std::string> &words)
{
    Napi::Array array = Napi::Array::New(env, words.size());

    for (size_t i = 0; i < words.size(); i++)
        array.Set(static_cast<uint32_t>(i), Napi::String::New(env, words[i]));
    return array;
}

class Statistics : public Napi::ObjectWrap<Statistics>
{
  public:
    static Napi::Function Define(Napi::Env env)
    {
        return DefineClass(env, "Statistics",
                           {
                               InstanceMethod<&Statistics::Read>("read"),
                               InstanceAccessor<&Statistics::Layout>("layout"),
                           });
    }

    // Made by JavaScript it stays empty.
    explicit Statistics(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Statistics>(info)
    {
    }

    void Take(std::unique_ptr<Region> region)
    {
        region_ = std::move(region);
    }

  private:
    // { pid, workerRows, appRows, workerCounters: string[], appCounters: string[] }, or undefined
    // when empty.
    Napi::Value Layout(const Napi::CallbackInfo &info)
    {
        Napi::Env env = info.Env();

        if (!region_)
            return env.Undefined();
        const struct Layout &layout = region_->layout();
        Napi::Object object = Napi::Object::New(env);
        object.Set("pid", layout.pid);
        object.Set("workerRows", layout.worker_rows);
        object.Set("appRows", layout.app_rows);
        object.Set("workerCounters", ToArray(env, layout.worker_counters));
        object.Set("appCounters", ToArray(env, layout.app_counters));
        return object;
    }

    // read(first: number, target: Float64Array): copies counters, the first of them at `first`,
    // until target is full.
    Napi::Value Read(const Napi::CallbackInfo &info)
    {
        Napi::Env env = info.Env();

        if (!info[0].IsNumber() || !info[1].IsTypedArray() ||
            info[1].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
            Napi::TypeError::New(env, "read(first: number, target: Float64Array)")
                .ThrowAsJavaScriptException();
            return env.Undefined();
        }
        double first = info[0].As<Napi::Number>().DoubleValue();
        Napi::Float64Array target = info[1].As<Napi::Float64Array>();
        size_t count = target.ElementLength(), counters = region_ ? region_->layout().counters : 0;
        // Written so that NaN fails too.
        if (!(first >= 0 && first <= static_cast<double>(counters)) ||
            count > counters - static_cast<size_t>(first)) {
            Napi::RangeError::New(env, "there are not so many counters")
                .ThrowAsJavaScriptException();
            return env.Undefined();
        }
        double *out = target.Data();
        for (size_t i = 0; i < count; i++)
            out[i] = static_cast<double>(region_->Counter(static_cast<size_t>(first) + i));
        return env.Undefined();
    }

    std::unique_ptr<Region> region_;
};

// Connects and maps on a thread of libuv's, so that a runtime that does not answer holds up nobody.
class Opening : public Napi::AsyncWorker
{
  public:
    Opening(Napi::Env env, std::string socket_path, Napi::FunctionReference *statistics)
        : Napi::AsyncWorker(env), deferred_(env), socket_path_(std::move(socket_path)),
          statistics_(statistics)
    {
    }

    Napi::Promise Promise() const
    {
        return deferred_.Promise();
    }

    void Execute() override
    {
        std::string problem;
        std::vector<Descriptor> given = RequestDescriptors(socket_path_, "stats", 1, &problem);

        if (!given.empty())
            region_ = Region::Map(given[0].get(), &problem);
        if (!region_)
            SetError(problem);
    }

    void OnOK() override
    {
        Napi::Object object = statistics_->New({});

        Statistics::Unwrap(object)->Take(std::move(region_));
        deferred_.Resolve(object);
    }

    void OnError(const Napi::Error &error) override
    {
        deferred_.Reject(error.Value());
    }

  private:
    Napi::Promise::Deferred deferred_;
    std::string socket_path_;
    Napi::FunctionReference *statistics_;
    std::unique_ptr<Region> region_;
};

class Addon : public Napi::Addon<Addon>
{
  public:
    Addon(Napi::Env env, Napi::Object exports)
    {
        statistics_ = Napi::Persistent(Statistics::Define(env));
        attachment_ = Napi::Persistent(Attachment::Define(env));
        DefineAddon(exports, {InstanceMethod("open", &Addon::Open, napi_enumerable),
                              InstanceMethod("attach", &Addon::Attach, napi_enumerable)});
    }

  private:
    Napi::Value Open(const Napi::CallbackInfo &info)
    {
        Napi::Env env = info.Env();

        if (!info[0].IsString()) {
            Napi::TypeError::New(env, "open(socketPath: string)").ThrowAsJavaScriptException();
            return env.Undefined();
        }
        auto *opening = new Opening(env, info[0].As<Napi::String>().Utf8Value(), &statistics_);
        opening->Queue(); // deletes itself when it is done
        return opening->Promise();
    }

    // attach(socketPath: string, onMarks: () => void, onEnd: () => void): Promise<Attachment>
    Napi::Value Attach(const Napi::CallbackInfo &info)
    {
        Napi::Env env = info.Env();

        if (!info[0].IsString() || !info[1].IsFunction() || !info[2].IsFunction()) {
            Napi::TypeError::New(env, "attach(socketPath: string, onMarks, onEnd)")
                .ThrowAsJavaScriptException();
            return env.Undefined();
        }
        return StartAttaching(info, &attachment_);
    }

    Napi::FunctionReference statistics_, attachment_;
};

} // namespace

NODE_API_ADDON(Addon)

} // namespace bypassgen
