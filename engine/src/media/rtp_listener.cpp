#include "media/rtp_listener.h"

#include <algorithm>

#include "media/producer.h"

namespace sluice::media {
namespace {

std::string_view view_of(Bytes value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

template <typename Table>
void erase_all(Table& table, const Producer& producer) {
  for (auto it = table.begin(); it != table.end();) {
    it = it->second == &producer ? table.erase(it) : std::next(it);
  }
}

}  // namespace

Status RtpListener::add(Producer& producer, const RtpParameters& parameters) {
  const auto take_ssrc = [&](uint32_t ssrc) {
    return ssrc == 0 || ssrcs_.emplace(ssrc, &producer).second;
  };
  const auto refuse = [&](std::string text) {
    remove(producer);
    return Error{ErrorKind::failed, std::move(text)};
  };

  for (const auto& encoding : parameters.encodings) {
    for (const uint32_t ssrc : {encoding.ssrc, encoding.rtx_ssrc}) {
      if (!take_ssrc(ssrc)) return refuse("ssrc already in use: " + std::to_string(ssrc));
    }
  }
  if (!parameters.mid.empty() && !mids_.emplace(parameters.mid, &producer).second) {
    return refuse("mid already in use: " + parameters.mid);
  }
  for (const auto& encoding : parameters.encodings) {
    if (encoding.rid.empty() || rids_.emplace(encoding.rid, &producer).second) continue;
    if (parameters.mid.empty()) {
      return refuse("rid already in use and no mid given: " + encoding.rid);
    }
  }
  return ok();
}

void RtpListener::remove(const Producer& producer) {
  const auto& encodings = producer.rtp_parameters().encodings;
  const auto is_given = [&](uint32_t ssrc) {
    return std::any_of(encodings.begin(), encodings.end(), [&](const auto& encoding) {
      return encoding.ssrc == ssrc || encoding.rtx_ssrc == ssrc;
    });
  };
  for (const auto& [ssrc, owner] : ssrcs_) {
    if (owner == &producer && !is_given(ssrc)) --learned_;
  }
  erase_all(ssrcs_, producer);
  erase_all(mids_, producer);
  erase_all(rids_, producer);
}

Producer* RtpListener::find(const rtp::RtpView& packet) {
  if (Producer* producer = find_ssrc(packet.ssrc())) return producer;
  if (packet.has(rtp::ExtensionKind::mid)) {
    key_ = view_of(packet.extension(rtp::ExtensionKind::mid));
    const auto found = mids_.find(key_);
    return found == mids_.end() ? nullptr : learn(packet.ssrc(), found->second);
  }
  for (const auto kind : {rtp::ExtensionKind::rid, rtp::ExtensionKind::rrid}) {
    if (!packet.has(kind)) continue;
    key_ = view_of(packet.extension(kind));
    const auto found = rids_.find(key_);
    if (found != rids_.end()) return learn(packet.ssrc(), found->second);
  }
  return nullptr;
}

Producer* RtpListener::find_ssrc(uint32_t ssrc) const {
  const auto found = ssrcs_.find(ssrc);
  return found == ssrcs_.end() ? nullptr : found->second;
}

Producer* RtpListener::learn(uint32_t ssrc, Producer* producer) {
  if (learned_ < kLearnedSsrcsMax) {
    ssrcs_[ssrc] = producer;
    ++learned_;
  }
  return producer;
}

}  // namespace sluice::media
