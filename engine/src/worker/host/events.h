// Events and logs on their way to the host: JSON into the ring.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/slot_map.h"
#include "sluice.h"
#include "worker/host/event_ring.h"
#include "worker/json/json.h"

namespace sluice::worker {

enum class LogLevel : uint8_t { none, error, warn, debug };
std::optional<LogLevel> parse_log_level(std::string_view text);

class Events {
 public:
  explicit Events(EventRing& ring) : ring_(ring) {}

  // A state of an object: never lost; when the ring is full, the newest of each kind wins.
  // `write(JsonWriter&)` writes the fields.
  template <typename Write>
  void state(sluice_event type, ObjectId target, Write&& write) {
    ring_.write_state(type, target, object(write));
  }
  void state(sluice_event type, ObjectId target) { ring_.write_state(type, target, "{}"); }

  // May be dropped (and counted) when the ring is full.
  template <typename Write>
  void trace(sluice_event type, ObjectId target, Write&& write) {
    ring_.write(type, target, object(write));
  }

  // What still waits for an object that its owner closed is of no use any more.
  void forget(ObjectId target) { ring_.forget(target); }

  void set_log(LogLevel level, std::vector<std::string> tags) {
    level_ = level;
    tags_ = std::move(tags);
  }
  // Warnings and debug lines are written for the chosen tags only, as in mediasoup; errors always.
  bool logs(LogLevel level, std::string_view tag) const;
  void log(LogLevel level, std::string_view tag, std::string_view text);

  EventRing& ring() const { return ring_; }

 private:
  template <typename Write>
  std::string_view object(Write&& write) {
    out_.clear();
    out_.begin_object();
    write(out_);
    out_.end_object();
    return out_.text();
  }

  EventRing& ring_;
  JsonWriter out_;
  LogLevel level_ = LogLevel::error;
  std::vector<std::string> tags_;
};

}  // namespace sluice::worker
