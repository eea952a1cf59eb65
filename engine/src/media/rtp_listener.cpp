#include "media/rtp_listener.h"

#include "media/producer.h"

namespace sluice::media {
namespace {

std::string_view view_of(Bytes value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

template <typename Table, typename Key>
void erase_own(Table& table, const Key& key, const Producer& producer) {
  const auto found = table.find(key);
  if (found != table.end() && found->second == &producer) table.erase(found);
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
  const RtpParameters& parameters = producer.rtp_parameters();
  for (const auto& encoding : parameters.encodings) {
    erase_own(ssrcs_, encoding.ssrc, producer);
    erase_own(ssrcs_, encoding.rtx_ssrc, producer);
    erase_own(rids_, encoding.rid, producer);
  }
  erase_own(mids_, parameters.mid, producer);
  const auto learned = learned_of_.find(&producer);
  if (learned == learned_of_.end()) return;
  for (const uint32_t ssrc : learned->second) erase_own(ssrcs_, ssrc, producer);
  learned_ -= learned->second.size();
  learned_of_.erase(learned);
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
    learned_of_[producer].push_back(ssrc);
    ++learned_;
  }
  return producer;
}

}  // namespace sluice::media
