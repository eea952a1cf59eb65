// JSON at the border: reading requests with errors that name the field, writing answers and events.
// The only place, with the commands, that knows RapidJSON.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#define RAPIDJSON_HAS_STDSTRING 1
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::worker {

// RapidJSON looks at no failed allocation and would write to a null pointer. This one throws
// std::bad_alloc instead, as all other memory does; RapidJSON's guards put in order what it leaves.
struct JsonMemory {
  static constexpr bool kNeedFree = true;

  void* Malloc(size_t size) { return size == 0 ? nullptr : ::operator new(size); }
  void* Realloc(void* old, size_t old_size, size_t new_size) {
    void* made = Malloc(new_size);
    if (made && old) std::memcpy(made, old, std::min(old_size, new_size));
    Free(old);
    return made;
  }
  static void Free(void* memory) { ::operator delete(memory); }
};
using JsonPool = rapidjson::MemoryPoolAllocator<JsonMemory>;
using JsonValue = rapidjson::GenericValue<rapidjson::UTF8<>, JsonPool>;
using JsonDocument = rapidjson::GenericDocument<rapidjson::UTF8<>, JsonPool, JsonMemory>;
using JsonBuffer = rapidjson::GenericStringBuffer<rapidjson::UTF8<>, JsonMemory>;
using JsonOutput = rapidjson::Writer<JsonBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>, JsonMemory>;

// Collects the first mistake of a request, so that reading code stays straight: read all fields,
// then look once whether something was wrong.
class FieldErrors {
 public:
  void set(const std::string& field, std::string_view what) {
    if (text_.empty()) text_ = field + " " + std::string(what);
  }
  bool any() const { return !text_.empty(); }
  Error error() const { return invalid(text_); }

 private:
  std::string text_;
};

// Reads the fields of one JSON object. Wrong types and ranges go to the FieldErrors; the value is
// then the given fall-back or empty.
class Fields {
 public:
  Fields(const JsonValue* object, std::string path, FieldErrors& errors)
      : object_(object), path_(std::move(path)), errors_(&errors) {}

  bool has(const char* name) const { return find(name) != nullptr; }

  std::string_view text(const char* name) const;  // Required.
  std::string_view text_or(const char* name, std::string_view fallback) const;
  uint32_t number(const char* name, uint32_t least, uint32_t most) const;  // Required.
  uint32_t number_or(const char* name, uint32_t fallback, uint32_t least, uint32_t most) const;
  std::optional<uint32_t> maybe_number(const char* name, uint32_t least, uint32_t most) const;
  int32_t signed_or(const char* name, int32_t fallback, int32_t least, int32_t most) const;
  bool flag_or(const char* name, bool fallback) const;
  Fields object(const char* name) const;  // Required; an empty one after a mistake.
  std::optional<Fields> maybe_object(const char* name) const;

  // Calls visit(Fields) for each object of an array; a missing array has none.
  template <typename Visit>
  void each_object(const char* name, Visit&& visit) const {
    const JsonValue* list = array(name);
    if (!list) return;
    for (rapidjson::SizeType i = 0; i < list->Size(); ++i) {
      const std::string path = path_of(name) + "[" + std::to_string(i) + "]";
      if (!(*list)[i].IsObject()) return errors_->set(path, "must be an object");
      visit(Fields(&(*list)[i], path, *errors_));
    }
  }
  template <typename Visit>
  void each_text(const char* name, Visit&& visit) const {
    const JsonValue* list = array(name);
    if (!list) return;
    for (rapidjson::SizeType i = 0; i < list->Size(); ++i) {
      if (!(*list)[i].IsString()) {
        return errors_->set(path_of(name) + "[" + std::to_string(i) + "]", "must be a string");
      }
      visit(std::string_view((*list)[i].GetString(), (*list)[i].GetStringLength()));
    }
  }

  template <typename Visit>
  void each_number(const char* name, uint32_t least, uint32_t most, Visit&& visit) const {
    const JsonValue* list = array(name);
    if (!list) return;
    for (rapidjson::SizeType i = 0; i < list->Size(); ++i) {
      const JsonValue& each = (*list)[i];
      if (!each.IsUint() || each.GetUint() < least || each.GetUint() > most) {
        return errors_->set(
            path_of(name) + "[" + std::to_string(i) + "]",
            "must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
      }
      visit(each.GetUint());
    }
  }

  // For values that travel through unread (codec parameters).
  const JsonValue* raw(const char* name) const { return find(name); }
  bool failed() const { return errors_->any(); }
  Error error() const { return errors_->error(); }
  void mistake(const char* name, std::string_view what) const { errors_->set(path_of(name), what); }

 private:
  const JsonValue* find(const char* name) const;
  const JsonValue* array(const char* name) const;
  std::string path_of(const char* name) const { return path_.empty() ? name : path_ + "." + name; }

  const JsonValue* object_;  // nullptr reads as an object without fields.
  std::string path_;
  FieldErrors* errors_;
};

// A parsed request. Small ones need no allocation of their own.
class JsonRequest {
 public:
  static constexpr size_t kArenaBytes = 16 * 1024;

  JsonRequest() : allocator_(arena_, sizeof(arena_)), document_(&allocator_) {}
  JsonRequest(const JsonRequest&) = delete;
  JsonRequest& operator=(const JsonRequest&) = delete;

  // No bytes at all read as {}. A request that the memory does not suffice for is an error of its
  // own: nothing has happened yet.
  Status parse(Bytes text);
  Fields fields(FieldErrors& errors) const {
    return Fields(document_.IsObject() ? &document_ : nullptr, "", errors);
  }

 private:
  alignas(8) char arena_[kArenaBytes];
  JsonPool allocator_;
  JsonDocument document_;
};

// Writes one JSON value; the buffer is reused by clear().
class JsonWriter {
 public:
  JsonWriter() : writer_(buffer_) {}

  void clear() {
    buffer_.Clear();
    writer_.Reset(buffer_);
  }
  std::string_view text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

  void begin_object() { writer_.StartObject(); }
  void end_object() { writer_.EndObject(); }
  void begin_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }
  void key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  }
  void begin_object(std::string_view name) {
    key(name);
    begin_object();
  }
  void begin_array(std::string_view name) {
    key(name);
    begin_array();
  }

  template <typename T>
  void value(const T& v) {
    if constexpr (std::is_same_v<T, bool>) {
      writer_.Bool(v);
    } else if constexpr (std::is_floating_point_v<T>) {
      writer_.Double(v);
    } else if constexpr (std::is_unsigned_v<T>) {
      writer_.Uint64(v);
    } else if constexpr (std::is_integral_v<T>) {
      writer_.Int64(v);
    } else {
      const std::string_view text(v);
      writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    }
  }
  template <typename T>
  void field(std::string_view name, const T& v) {
    key(name);
    value(v);
  }
  template <typename T>
  void maybe(std::string_view name, const std::optional<T>& v) {
    if (v) field(name, *v);
  }
  void raw(std::string_view name, std::string_view json) {
    key(name);
    writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  }

 private:
  JsonBuffer buffer_;
  JsonOutput writer_;
};

std::string json_text(const JsonValue& value);

}  // namespace sluice::worker
