// The objects that a worker's ids name. One table holds all kinds, so that an id is unique among
// them and the target of an event needs no kind beside it.
#pragma once

#include <string_view>

#include "base/slot_map.h"

namespace sluice::worker {

enum class ObjectKind : uint8_t {
  webrtc_server,
  router,
  transport,
  producer,
  consumer,
  rtp_observer,
  data_producer,
  data_consumer
};

// As mediasoup names the class.
constexpr std::string_view kind_name(ObjectKind kind) {
  constexpr std::string_view kNames[] = {"WebRtcServer", "Router",      "Transport",
                                         "Producer",     "Consumer",    "RtpObserver",
                                         "DataProducer", "DataConsumer"};
  return kNames[static_cast<size_t>(kind)];
}

class Object {
 public:
  virtual ~Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  ObjectId id() const { return id_; }
  ObjectKind kind() const { return kind_; }

 protected:
  Object(ObjectKind kind, ObjectId id) : id_(id), kind_(kind) {}

 private:
  const ObjectId id_;
  const ObjectKind kind_;
};

// Owns every object of a worker. T names its kind as T::kKind.
class Objects {
 public:
  Objects() = default;
  // Destroys the objects that were not closed. Consumers go first, since each leaves its producer;
  // then producers, which may still be on a list that they reach through their transport.
  ~Objects() {
    for (const ObjectKind kind : {ObjectKind::consumer, ObjectKind::producer}) {
      table_.drop([kind](const Object& object) { return object.kind() == kind; });
    }
  }

  // Makes a T(id, args...); nullptr when the table is full.
  template <typename T, typename... Args>
  T* make(Args&&... args) {
    const ObjectId id = table_.reserve();
    if (id == kNoId) return nullptr;
    auto object = std::make_unique<T>(id, std::forward<Args>(args)...);
    T* raw = object.get();
    table_.put(id, std::move(object));
    return raw;
  }

  // Of any kind.
  Object* find(ObjectId id) const { return table_.find(id); }

  template <typename T>
  T* find(ObjectId id) const {
    Object* object = table_.find(id);
    return object && object->kind() == T::kKind ? static_cast<T*>(object) : nullptr;
  }

  // The object must have left every list before.
  void destroy(ObjectId id) { table_.take(id); }
  size_t size() const { return table_.size(); }

  template <typename T, typename Visit>
  void each(Visit&& visit) const {
    table_.for_each([&](ObjectId, Object& object) {
      if (object.kind() == T::kKind) visit(static_cast<T&>(object));
    });
  }

 private:
  SlotMap<Object> table_;
};

}  // namespace sluice::worker
