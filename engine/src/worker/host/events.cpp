#include "worker/host/events.h"

#include <algorithm>

namespace sluice::worker {

std::optional<LogLevel> parse_log_level(std::string_view text) {
  if (text == "none") return LogLevel::none;
  if (text == "error") return LogLevel::error;
  if (text == "warn") return LogLevel::warn;
  if (text == "debug") return LogLevel::debug;
  return std::nullopt;
}

bool Events::logs(LogLevel level, std::string_view tag) const {
  if (level > level_) return false;
  return level == LogLevel::error || std::find(tags_.begin(), tags_.end(), tag) != tags_.end();
}

void Events::log(LogLevel level, std::string_view tag, std::string_view text) {
  if (!logs(level, tag)) return;
  constexpr std::string_view kNames[] = {"none", "error", "warn", "debug"};
  trace(SLUICE_EVENT_LOG, 0, [&](JsonWriter& out) {
    out.field("level", kNames[static_cast<size_t>(level)]);
    out.field("tag", tag);
    out.field("text", text);
  });
}

}  // namespace sluice::worker
