#include "worker/json/json.h"

#include <rapidjson/error/en.h>

namespace sluice::worker {

const JsonValue* Fields::find(const char* name) const {
  if (!object_) return nullptr;
  const auto member = object_->FindMember(name);
  if (member == object_->MemberEnd() || member->value.IsNull()) return nullptr;
  return &member->value;
}

const JsonValue* Fields::array(const char* name) const {
  const JsonValue* value = find(name);
  if (value && !value->IsArray()) {
    errors_->set(path_of(name), "must be an array");
    return nullptr;
  }
  return value;
}

std::string_view Fields::text(const char* name) const {
  if (!has(name)) {
    errors_->set(path_of(name), "is missing");
    return {};
  }
  return text_or(name, {});
}

std::string_view Fields::text_or(const char* name, std::string_view fallback) const {
  const JsonValue* value = find(name);
  if (!value) return fallback;
  if (!value->IsString()) {
    errors_->set(path_of(name), "must be a string");
    return fallback;
  }
  return {value->GetString(), value->GetStringLength()};
}

uint32_t Fields::number(const char* name, uint32_t least, uint32_t most) const {
  if (!has(name)) {
    errors_->set(path_of(name), "is missing");
    return least;
  }
  return maybe_number(name, least, most).value_or(least);
}

uint32_t Fields::number_or(const char* name, uint32_t fallback, uint32_t least,
                           uint32_t most) const {
  return maybe_number(name, least, most).value_or(fallback);
}

std::optional<uint32_t> Fields::maybe_number(const char* name, uint32_t least,
                                             uint32_t most) const {
  const JsonValue* value = find(name);
  if (!value) return std::nullopt;
  if (!value->IsUint()) {
    errors_->set(path_of(name), "must be a non-negative integer");
    return std::nullopt;
  }
  if (value->GetUint() < least || value->GetUint() > most) {
    errors_->set(path_of(name),
                 "must be from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }
  return value->GetUint();
}

int32_t Fields::signed_or(const char* name, int32_t fallback, int32_t least, int32_t most) const {
  const JsonValue* value = find(name);
  if (!value) return fallback;
  if (value->IsInt() && value->GetInt() >= least && value->GetInt() <= most) return value->GetInt();
  errors_->set(path_of(name),
               "must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return fallback;
}

bool Fields::flag_or(const char* name, bool fallback) const {
  const JsonValue* value = find(name);
  if (!value) return fallback;
  if (!value->IsBool()) errors_->set(path_of(name), "must be a boolean");
  return value->IsTrue();
}

Fields Fields::object(const char* name) const {
  if (auto found = maybe_object(name)) return *found;
  errors_->set(path_of(name), "is missing");
  return Fields(nullptr, path_of(name), *errors_);
}

std::optional<Fields> Fields::maybe_object(const char* name) const {
  const JsonValue* value = find(name);
  if (!value) return std::nullopt;
  if (!value->IsObject()) {
    errors_->set(path_of(name), "must be an object");
    return std::nullopt;
  }
  return Fields(value, path_of(name), *errors_);
}

Status JsonRequest::parse(Bytes text) {
  if (text.empty()) {
    document_.SetObject();
    return ok();
  }
  try {
    // Iterative: nesting costs heap, never stack.
    document_.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
        reinterpret_cast<const char*>(text.data()), text.size());
  } catch (const std::bad_alloc&) {
    return Error{ErrorKind::limit, "no memory"};  // Short enough to need none itself.
  }
  if (document_.HasParseError()) {
    return invalid(std::string("request is not JSON: ") +
                   rapidjson::GetParseError_En(document_.GetParseError()) + " at byte " +
                   std::to_string(document_.GetErrorOffset()));
  }
  if (!document_.IsObject()) return invalid("request must be an object");
  return ok();
}

std::string json_text(const JsonValue& value) {
  JsonBuffer buffer;
  JsonOutput writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace sluice::worker
