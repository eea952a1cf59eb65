#include "media/producer.h"

#include <algorithm>
#include <utility>

#include "media/consumer.h"
#include "rtp/codecs/red.h"

namespace sluice::media {
namespace {

Status check(const ProducerOptions& options) {
  const auto& parameters = options.rtp_parameters;
  const size_t encodings = parameters.encodings.size();
  if (encodings == 0) return invalid("rtpParameters.encodings must not be empty");
  if (encodings > Producer::kEncodingsMax) return invalid("rtpParameters.encodings has too many");
  if (options.rtp_mapping.encodings.size() != encodings) {
    return invalid("rtpMapping.encodings must match rtpParameters.encodings");
  }
  for (size_t i = 0; i < encodings; ++i) {
    const auto& encoding = parameters.encodings[i];
    const std::string path = "rtpParameters.encodings[" + std::to_string(i) + "]";
    if (!parameters.codec_for(encoding)) return invalid(path + " has no codec");
    const bool has_name = encoding.ssrc != 0 || !encoding.rid.empty();
    if (!has_name && (encodings > 1 || parameters.mid.empty())) {
      return invalid(path + " needs an ssrc or a rid");
    }
    if (options.rtp_mapping.encodings[i].mapped_ssrc == 0) {
      return invalid("rtpMapping.encodings[" + std::to_string(i) + "].mappedSsrc is missing");
    }
  }
  for (const auto& codec : options.rtp_mapping.codecs) {
    if (!is_rtp_payload_type(codec.mapped_payload_type)) {
      return invalid("rtpMapping.codecs.mappedPayloadType must be from 0 to 63 or 96 to 127");
    }
  }
  return check_payload_types(parameters);
}

std::string text_of(Bytes value) {
  return {value.begin(), value.end()};
}

bool same_text(Bytes value, const std::string& text) {
  return std::equal(value.begin(), value.end(), text.begin(), text.end(),
                    [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); });
}

ReceiveResult refusal_of(ReceiveStream::Verdict verdict) {
  switch (verdict) {
    case ReceiveStream::Verdict::duplicate:
      return ReceiveResult::duplicate;
    case ReceiveStream::Verdict::rtx_padding:
      return ReceiveResult::rtx_padding;
    default:
      return ReceiveResult::bad_sequence;
  }
}

}  // namespace

Result<std::unique_ptr<Producer>> Producer::create(ObjectId id, ProducerOptions options) {
  if (const auto status = check(options); !status) return status.error();
  return std::unique_ptr<Producer>(new Producer(id, std::move(options)));
}

Producer::Producer(ObjectId id, ProducerOptions options)
    : id_(id),
      options_(std::move(options)),
      type_(producer_type(options_.rtp_parameters)),
      extension_ids_(options_.rtp_parameters.extension_ids()),
      wire_ids_(extension_ids_),
      streams_(options_.rtp_parameters.encodings.size()) {
  mapped_payload_types_.fill(kUnmapped);
  for (const auto& codec : options_.rtp_mapping.codecs) {
    mapped_payload_types_[codec.payload_type & 127] = codec.mapped_payload_type & 127;
  }
  for (const auto& encoding : options_.rtp_parameters.encodings) {
    const auto* codec = options_.rtp_parameters.codec_for(encoding);
    plans_.push_back({codec, options_.rtp_parameters.rtx_for(*codec)});
  }
  for (const auto& codec : options_.rtp_parameters.codecs) {
    if (!codec.is_rtx && !codec.is_media) companion_types_.set(codec.payload_type);
  }
  if (const auto* red = options_.rtp_parameters.red()) {
    red_type_ = red->payload_type;
    mapped_red_type_ = mapped_payload_types_[red_type_];
  }
}

ReceiveResult Producer::receive(Instant now, const PacketRef& slot, const rtp::RtpView& view) {
  const Found found = find_stream(now, view);
  if (!found.stream) return ReceiveResult::unknown_stream;
  const uint8_t media_type =
      found.is_rtx ? found.stream->params().payload_type : view.payload_type();
  uint8_t mapped = mapped_payload_types_[media_type & 127];
  if (batch_.size() == kBatchMax) return ReceiveResult::batch_full;

  auto& packet = batch_.emplace_back();
  const auto verdict = found.is_rtx ? found.stream->receive_rtx(now, view, packet)
                                    : found.stream->receive(now, view, packet);
  if (verdict > ReceiveStream::Verdict::repaired) {
    batch_.pop_back();
    return refusal_of(verdict);
  }
  ReceiveResult result = packet.is_repaired ? ReceiveResult::repaired : ReceiveResult::forward;
  // What is refused for what it carries has arrived all the same: its number is no gap to ask for,
  // and consumers have to close theirs.
  if (mapped == kUnmapped) result = ReceiveResult::unknown_payload_type;
  if (!has_good_blocks(*found.stream, packet.view)) result = ReceiveResult::malformed_red;
  if (!is_taken(result)) {
    mapped = kNoPayloadType;
    packet.facts = {};
  }
  handle_key_frames(now, found, packet);
  if (found.stream->take_score_change() || found.is_new) score_changed();
  if (options_.paused) {
    batch_.pop_back();
    return ReceiveResult::paused;
  }
  packet.slot = slot;
  packet.encoding = found.encoding;
  packet.payload_type = mapped;
  if (is_taken(result)) publish(now, found, packet);
  return result;
}

// Redundant audio is opened for consumers that lack it: all that others rely on is seen to here.
bool Producer::has_good_blocks(const ReceiveStream& stream, const rtp::RtpView& view) const {
  const auto& params = stream.params();
  if (view.payload_type() != params.red_payload_type || view.is_padding_only()) return true;
  const auto red = rtp::parse_red(view.payload());
  return red && red->block_type == params.payload_type;
}

void Producer::publish(Instant now, const Found& found, const ReceivedPacket& packet) {
  note_packet(now, packet);
  const bool keeps = options_.kind == MediaKind::video || nack_consumers_ != 0;
  if (!keeps || packet.is_padding_only()) return;
  found.stream->history().insert(now, packet.seq, packet.slot, packet.view.packet(),
                                 packet.came_by_rtx, packet.payload_type);
}

void Producer::adjust_capture_time(PacketHead& packet, rtp::RtpView& view) {
  constexpr auto kKind = rtp::ExtensionKind::abs_capture_time;
  const Bytes value = view.extension(kKind);
  if (value.size() != rtp::kAbsCaptureTimeBytes) return;
  const MutableBytes bytes(packet.data, packet.size);
  const auto at = static_cast<size_t>(value.data() - packet.data);
  const ReceiveStream* stream = find_known_stream(view.ssrc()).stream;
  if (const auto difference = stream ? stream->clock_difference() : std::nullopt) {
    store_u64(bytes, at + 8, load_u64(value, 8) + *difference);
    return;
  }
  // Better none than one that is for another clock.
  rtp::shorten_abs_capture_time(bytes, at);
  view.shorten(kKind, rtp::kAbsCaptureTimeShortBytes);
}

void Producer::handle_key_frames(Instant now, const Found& found, const ReceivedPacket& packet) {
  auto& requester = found.stream->key_frames();
  const uint32_t bit = 1u << found.encoding;
  if (packet.facts.is_key_frame) {
    requester.handle_key_frame();
    key_frames_due_ &= ~bit;
  } else if (found.is_new && !options_.paused && has_key_frames(found.stream->params().codec)) {
    // Its first packets may have been lost: without a key frame nobody can start.
    if (requester.force(now)) key_frames_due_ |= bit;
  }
  if (found.stream->nacks().take_key_frame_needed() && !options_.paused &&
      options_.kind == MediaKind::video) {
    if (requester.request(now)) key_frames_due_ |= bit;
  }
}

void Producer::note_packet(Instant now, const ReceivedPacket& packet) {
  using rtp::ExtensionKind;
  if (meter_) meter_->note(now, packet.view.extension(ExtensionKind::audio_level));
  if (options_.kind == MediaKind::video && packet.view.has(ExtensionKind::video_orientation)) {
    const auto orientation =
        rtp::parse_video_orientation(packet.view.extension(ExtensionKind::video_orientation));
    if (orientation && orientation != orientation_) {
      orientation_ = orientation;
      orientation_changed_ = true;
    }
  }
  if (!traces_.wants_packets()) return;
  Trace trace;
  trace.at = now;
  trace.is_rtx = packet.came_by_rtx;
  trace.is_key_frame = packet.facts.is_key_frame;
  trace.marker = packet.view.marker();
  trace.payload_type = packet.view.payload_type();
  trace.spatial = packet.facts.spatial;
  trace.temporal = packet.facts.temporal;
  trace.sequence = packet.view.sequence();
  trace.timestamp = packet.view.timestamp();
  trace.ssrc = packet.view.ssrc();
  trace.size = static_cast<uint32_t>(packet.view.packet().size());
  trace.payload_size = static_cast<uint32_t>(packet.view.payload().size());
  trace.mid = text_of(packet.view.extension(ExtensionKind::mid));
  trace.rid = text_of(packet.view.extension(ExtensionKind::rid));
  trace.rrid = text_of(packet.view.extension(ExtensionKind::rrid));
  if (const Bytes wide = packet.view.extension(ExtensionKind::transport_cc); wide.size() >= 2) {
    trace.wide_sequence = load_u16(wide, 0);
  }
  traces_.add_packet(trace);
}

Producer::Found Producer::find_stream(Instant now, const rtp::RtpView& view) {
  const Found known = find_known_stream(view.ssrc());
  return known.stream ? known : find_new_stream(now, view);
}

Producer::Found Producer::find_known_stream(uint32_t ssrc) const {
  for (size_t i = 0; i < streams_.size(); ++i) {
    auto* stream = streams_[i].get();
    if (!stream) continue;
    const auto encoding = static_cast<uint8_t>(i);
    const auto& params = stream->params();
    if (params.ssrc == ssrc) return {stream, encoding, false, false};
    if (params.rtx_ssrc == ssrc && ssrc != 0) return {stream, encoding, true, false};
  }
  return {};
}

// By SSRC, then by RID, then the only encoding there is; the payload type says media or RTX.
Producer::Found Producer::find_new_stream(Instant now, const rtp::RtpView& view) {
  using rtp::ExtensionKind;
  const auto& encodings = options_.rtp_parameters.encodings;
  const bool has_rid = view.has(ExtensionKind::rid) || view.has(ExtensionKind::rrid);
  const Bytes rid = view.has(ExtensionKind::rid) ? view.extension(ExtensionKind::rid)
                                                 : view.extension(ExtensionKind::rrid);
  const std::string& mid = options_.rtp_parameters.mid;
  const auto matches = [&](const RtpEncodingParameters& encoding, bool is_rtx) {
    const uint32_t ssrc = is_rtx ? encoding.rtx_ssrc : encoding.ssrc;
    if (ssrc != 0 && ssrc == view.ssrc()) return true;
    if (!encoding.rid.empty()) return has_rid && same_text(rid, encoding.rid);
    if (encodings.size() != 1) return false;
    // The transport found us by the MID: a sender that began anew has another SSRC than it
    // announced.
    return encoding.ssrc == 0 || same_text(view.extension(ExtensionKind::mid), mid);
  };

  for (size_t i = 0; i < encodings.size(); ++i) {
    const auto& plan = plans_[i];
    const uint8_t type = view.payload_type();
    // Forward error correction may have an SSRC of its own: that is no sender that began anew.
    const bool is_companion = companion_types_[type] && !streams_[i];
    const bool is_media = plan.codec->payload_type == type || type == red_type_ || is_companion;
    const bool is_rtx = plan.rtx && plan.rtx->payload_type == view.payload_type();
    if ((is_media || is_rtx) && matches(encodings[i], is_rtx)) {
      return open_stream(now, static_cast<uint8_t>(i), view.ssrc(), is_rtx);
    }
  }
  return {};
}

// An encoding has one stream and one RTX stream. A further SSRC that claims it is refused as long
// as the former one sends, and goes on in its place afterwards.
Producer::Found Producer::open_stream(Instant now, uint8_t encoding, uint32_t ssrc, bool is_rtx) {
  auto& stream = streams_[encoding];
  const auto& plan = plans_[encoding];
  if (is_rtx) {
    if (!stream || !stream->takes_rtx(now, ssrc)) return {};
    stream->set_rtx(ssrc, plan.rtx->payload_type);
    return {stream.get(), encoding, true, false};
  }
  if (stream) {
    if (!stream->is_abandoned(now)) return {};
    stream->take_over(ssrc);
    return {stream.get(), encoding, false, true};
  }
  StreamParams params = stream_params(options_.rtp_parameters, options_.kind, encoding);
  params.ssrc = ssrc;
  const bool checks_inactivity = streams_.size() > 1;
  stream = std::make_unique<ReceiveStream>(std::move(params), checks_inactivity,
                                           options_.key_frame_request_delay);
  stream->history().join(options_.packet_holders);
  return {stream.get(), encoding, false, true};
}

void Producer::pause(Instant) {
  if (std::exchange(options_.paused, true)) return;
  key_frames_due_ = 0;
  for (auto& stream : streams_) {
    if (stream) stream->pause();
  }
  for (Consumer* consumer : consumers_) consumer->producer_paused();
}

void Producer::resume(Instant now) {
  if (!std::exchange(options_.paused, false)) return;
  for (auto& stream : streams_) {
    if (stream) stream->pause();  // What was missed meanwhile is not asked for.
  }
  for (Consumer* consumer : consumers_) consumer->producer_resumed(now);
}

AudioMeter& Producer::watch_loudness(Instant now) {
  if (!meter_) meter_ = std::make_unique<AudioMeter>(now);
  ++meter_watchers_;
  return *meter_;
}

void Producer::unwatch_loudness() {
  if (--meter_watchers_ == 0) meter_.reset();
}

void Producer::score_changed() {
  score_changed_ = true;
  for (Consumer* consumer : consumers_) consumer->score_changed_ = true;
}

bool Producer::take_score_change() {
  for (const auto& stream : streams_) {
    if (stream && stream->take_score_change()) score_changed();
  }
  return std::exchange(score_changed_, false);
}

std::vector<ProducerScore> Producer::scores() const {
  std::vector<ProducerScore> scores;
  for (const auto& stream : streams_) {
    if (!stream) continue;
    const auto& params = stream->params();
    scores.push_back({params.encoding_index, params.ssrc, params.names->rid, stream->score()});
  }
  return scores;
}

std::optional<rtp::VideoOrientation> Producer::take_orientation_change() {
  if (!std::exchange(orientation_changed_, false)) return std::nullopt;
  return orientation_;
}

std::vector<ProducerStreamStats> Producer::stats(Instant now) {
  std::vector<ProducerStreamStats> all;
  for (const auto& stream : streams_) {
    if (!stream) continue;
    auto& shown = all.emplace_back(ProducerStreamStats{&stream->params(), stream->stats(now), {}});
    const auto& params = *shown.params;
    if (params.spatial_layers == 1 && params.temporal_layers == 1) {
      shown.bitrate_by_layer = {{0, 0, shown.stats.bitrate}};
    }
  }
  return all;
}

bool Producer::fetch(uint8_t encoding, uint64_t seq, ReceivedPacket& out) const {
  auto* stream = encoding < streams_.size() ? streams_[encoding].get() : nullptr;
  if (!stream) return false;
  const auto* entry = stream->history().find(seq);
  if (!entry || !stream->reread(*entry, wire_ids_, out)) return false;
  out.encoding = encoding;
  out.payload_type = entry->payload_type;
  return true;
}

void Producer::add_consumer(Consumer& consumer) {
  consumer.index_in_producer_ = consumers_.size();
  consumers_.push_back(&consumer);
}

void Producer::remove_consumer(Consumer& consumer) {
  const size_t place = consumer.index_in_producer_;
  consumers_[place] = consumers_.back();
  consumers_[place]->index_in_producer_ = place;
  consumers_.pop_back();
}

}  // namespace sluice::media
