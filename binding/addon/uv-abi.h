// The few functions of libuv that an addon needs to be called by Node's event loop. Node exports
// them, with the ABI of libuv 1; its headers are not needed: handles are made as large as libuv
// itself says, and are never looked into.
#ifndef BYPASSGEN_BINDING_UV_ABI_H
#define BYPASSGEN_BINDING_UV_ABI_H

#include <cstddef>

extern "C" {

struct uv_loop_s;
struct uv_handle_s;

// Of UV_HANDLE_TYPE_MAP.
enum {
    UV_CHECK = 2,
    UV_POLL = 8,
    UV_PREPARE = 9
};
// Of uv_poll_event.
enum {
    UV_READABLE = 1
};

typedef void (*uv_handle_cb)(uv_handle_s *handle);
typedef void (*uv_poll_cb)(uv_handle_s *handle, int status, int events);

size_t uv_handle_size(int type);
void uv_handle_set_data(uv_handle_s *handle, void *data);
void *uv_handle_get_data(const uv_handle_s *handle);
int uv_poll_init(uv_loop_s *loop, uv_handle_s *handle, int fd);
int uv_poll_start(uv_handle_s *handle, int events, uv_poll_cb callback);
int uv_prepare_init(uv_loop_s *loop, uv_handle_s *handle);
int uv_prepare_start(uv_handle_s *handle, uv_handle_cb callback);
int uv_check_init(uv_loop_s *loop, uv_handle_s *handle);
int uv_check_start(uv_handle_s *handle, uv_handle_cb callback);
void uv_ref(uv_handle_s *handle);
void uv_unref(uv_handle_s *handle);
void uv_close(uv_handle_s *handle, uv_handle_cb callback);
}

#endif
