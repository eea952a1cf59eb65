// The part of Node-API that the doorbell needs (https://nodejs.org/api/n-api.html, version 4).
//
// The symbols are weak: the library is loaded by hosts, tests and fuzzers that have no Node-API.
// Look at node_api_present() before the first call.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

using napi_env = struct napi_env__*;
using napi_value = struct napi_value__*;
using napi_callback_info = struct napi_callback_info__*;
using napi_threadsafe_function = struct napi_threadsafe_function__*;

enum napi_status : int { napi_ok = 0 };
enum napi_threadsafe_function_release_mode : int { napi_tsfn_release = 0 };
enum napi_threadsafe_function_call_mode : int { napi_tsfn_nonblocking = 0 };

using napi_callback = napi_value (*)(napi_env env, napi_callback_info info);
using napi_finalize = void (*)(napi_env env, void* data, void* hint);
using napi_call_js = void (*)(napi_env env, napi_value callback, void* context, void* data);

#define SLUICE_WEAK __attribute__((weak))

SLUICE_WEAK napi_status napi_get_undefined(napi_env env, napi_value* result);
SLUICE_WEAK napi_status napi_get_boolean(napi_env env, bool value, napi_value* result);
SLUICE_WEAK napi_status napi_get_value_uint32(napi_env env, napi_value value, uint32_t* result);
SLUICE_WEAK napi_status napi_create_string_utf8(napi_env env, const char* text, size_t length,
                                                napi_value* result);
SLUICE_WEAK napi_status napi_create_function(napi_env env, const char* name, size_t length,
                                             napi_callback callback, void* data,
                                             napi_value* result);
SLUICE_WEAK napi_status napi_set_named_property(napi_env env, napi_value object, const char* name,
                                                napi_value value);
SLUICE_WEAK napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t* argc,
                                         napi_value* argv, napi_value* this_arg, void** data);
SLUICE_WEAK napi_status napi_call_function(napi_env env, napi_value receiver, napi_value function,
                                           size_t argc, const napi_value* argv, napi_value* result);
SLUICE_WEAK napi_status napi_add_env_cleanup_hook(napi_env env, void (*hook)(void* data),
                                                  void* data);
SLUICE_WEAK napi_status napi_create_threadsafe_function(
    napi_env env, napi_value function, napi_value async_resource, napi_value async_resource_name,
    size_t max_queue_size, size_t initial_thread_count, void* finalize_data, napi_finalize finalize,
    void* context, napi_call_js call_js, napi_threadsafe_function* result);
SLUICE_WEAK napi_status napi_call_threadsafe_function(napi_threadsafe_function function, void* data,
                                                      napi_threadsafe_function_call_mode mode);
SLUICE_WEAK napi_status napi_release_threadsafe_function(
    napi_threadsafe_function function, napi_threadsafe_function_release_mode mode);
SLUICE_WEAK napi_status napi_ref_threadsafe_function(napi_env env,
                                                     napi_threadsafe_function function);
SLUICE_WEAK napi_status napi_unref_threadsafe_function(napi_env env,
                                                       napi_threadsafe_function function);

#undef SLUICE_WEAK

// What the host calls when it loads the library as a module.
__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env,
                                                                          napi_value exports);

}  // extern "C"

inline bool node_api_present() {
  return napi_create_threadsafe_function != nullptr && napi_call_threadsafe_function != nullptr &&
         napi_release_threadsafe_function != nullptr && napi_ref_threadsafe_function != nullptr &&
         napi_unref_threadsafe_function != nullptr && napi_add_env_cleanup_hook != nullptr &&
         napi_create_function != nullptr && napi_set_named_property != nullptr &&
         napi_get_cb_info != nullptr && napi_call_function != nullptr &&
         napi_get_undefined != nullptr && napi_get_boolean != nullptr &&
         napi_get_value_uint32 != nullptr && napi_create_string_utf8 != nullptr;
}
