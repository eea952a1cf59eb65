// Packets and parameters for the tests of the media path.
#pragma once

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/packet_pool.h"
#include "base/random.h"
#include "base/time.h"
#include "media/consumer.h"
#include "media/producer.h"
#include "media/rtp_parameters.h"
#include "rtcp/compound_writer.h"
#include "rtcp/message.h"
#include "rtp/rtp_view.h"
#include "rtp/rtp_writer.h"

namespace sluice::media::support {

constexpr uint32_t kVideoSsrc = 0x11111111;
constexpr uint32_t kVideoRtxSsrc = 0x22222222;
constexpr uint32_t kMappedSsrc = 0x33333333;
constexpr uint32_t kConsumerSsrc = 0x44444444;
constexpr uint32_t kConsumerRtxSsrc = 0x55555555;
constexpr uint8_t kVp8 = 96, kVp8Rtx = 97, kOpus = 111;
constexpr uint8_t kMappedVp8 = 101, kMappedVp8Rtx = 102, kMappedOpus = 100;

constexpr Instant at(Duration since_start) {
  return Instant(1000s) + since_start;
}

inline Bytes text_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// The first packet of a VP8 frame: descriptor with S, then a payload header whose P bit is 0 for a
// key frame. `number` follows, so that a test knows the packet again.
inline std::vector<uint8_t> vp8(bool is_key, uint32_t number = 0, size_t bytes = 40,
                                bool is_first = true) {
  std::vector<uint8_t> payload(bytes, 0xA5);
  payload[0] = is_first ? 0x10 : 0x00;
  payload[1] = is_key ? 0x00 : 0x01;
  store_u32(payload, 4, number);
  return payload;
}

inline uint32_t number_of(Bytes payload) {
  return payload.size() < 8 ? 0 : load_u32(payload, 4);
}

struct Spec {
  uint32_t ssrc = kVideoSsrc;
  uint16_t seq = 0;
  uint32_t timestamp = 0;
  uint8_t payload_type = kVp8;
  bool marker = false;
  std::vector<uint8_t> payload = vp8(false);
  std::vector<rtp::ExtensionItem> extensions = {};
};

inline PacketRef make_packet(PacketPool& pool, const Spec& spec) {
  PacketRef slot = pool.take();
  rtp::HeaderFields fields;
  fields.ssrc = spec.ssrc;
  fields.sequence = spec.seq;
  fields.timestamp = spec.timestamp;
  fields.payload_type = spec.payload_type;
  fields.marker = spec.marker;
  const size_t header =
      rtp::write_header({slot->data, PacketSlot::kCapacity}, fields, spec.extensions);
  if (!spec.payload.empty()) {
    std::memcpy(slot->data + header, spec.payload.data(), spec.payload.size());
  }
  slot->size = static_cast<uint16_t>(header + spec.payload.size());
  return slot;
}

// As RFC 4588 wraps it.
inline Spec as_rtx(Spec spec, uint16_t rtx_seq) {
  std::vector<uint8_t> payload = {static_cast<uint8_t>(spec.seq >> 8),
                                  static_cast<uint8_t>(spec.seq)};
  payload.insert(payload.end(), spec.payload.begin(), spec.payload.end());
  spec.payload = payload;
  spec.ssrc = kVideoRtxSsrc;
  spec.payload_type = kVp8Rtx;
  spec.seq = rtx_seq;
  return spec;
}

inline RtpCodecParameters codec(std::string mime, uint8_t type, uint32_t rate,
                                std::vector<RtcpFeedback> feedback = {}) {
  RtpCodecParameters parameters;
  parameters.codec = rtp::codec_from_mime(mime);
  parameters.is_rtx = is_rtx_mime(mime);
  parameters.is_media = is_media_mime(mime);
  parameters.mime_type = std::move(mime);
  parameters.payload_type = type;
  parameters.clock_rate = rate;
  parameters.rtcp_feedback = std::move(feedback);
  return parameters;
}

inline RtpHeaderExtensionParameters extension(rtp::ExtensionKind kind, uint8_t id) {
  RtpHeaderExtensionParameters parameters;
  parameters.kind = kind;
  parameters.id = id;
  return parameters;
}

inline std::vector<RtpCodecParameters> vp8_codecs(uint8_t media, uint8_t rtx) {
  auto main = codec("video/VP8", media, 90000, {{"nack", ""}, {"nack", "pli"}, {"ccm", "fir"}});
  auto repair = codec("video/rtx", rtx, 90000);
  repair.parameters.emplace_back("apt", int64_t{media});
  return {main, repair};
}

inline ProducerOptions video_producer() {
  ProducerOptions options;
  options.kind = MediaKind::video;
  auto& parameters = options.rtp_parameters;
  parameters.mid = "0";
  parameters.cname = "peer";
  parameters.codecs = vp8_codecs(kVp8, kVp8Rtx);
  parameters.header_extensions = {extension(rtp::ExtensionKind::mid, 1),
                                  extension(rtp::ExtensionKind::abs_send_time, 2),
                                  extension(rtp::ExtensionKind::transport_cc, 3),
                                  extension(rtp::ExtensionKind::video_orientation, 4),
                                  extension(rtp::ExtensionKind::rid, 10),
                                  extension(rtp::ExtensionKind::rrid, 11)};
  parameters.encodings.resize(1);
  parameters.encodings[0].ssrc = kVideoSsrc;
  parameters.encodings[0].rtx_ssrc = kVideoRtxSsrc;
  options.rtp_mapping.codecs = {{kVp8, kMappedVp8}, {kVp8Rtx, kMappedVp8Rtx}};
  options.rtp_mapping.encodings = {{kVideoSsrc, "", "", kMappedSsrc}};
  return options;
}

inline ProducerOptions audio_producer() {
  ProducerOptions options;
  options.kind = MediaKind::audio;
  auto& parameters = options.rtp_parameters;
  parameters.mid = "1";
  parameters.cname = "peer";
  parameters.codecs = {codec("audio/opus", kOpus, 48000, {{"nack", ""}})};
  parameters.codecs[0].parameters.emplace_back("useinbandfec", int64_t{1});
  parameters.header_extensions = {extension(rtp::ExtensionKind::mid, 1),
                                  extension(rtp::ExtensionKind::audio_level, 6)};
  parameters.encodings.resize(1);
  parameters.encodings[0].ssrc = 0x66666666;
  options.rtp_mapping.codecs = {{kOpus, kMappedOpus}};
  options.rtp_mapping.encodings = {{0x66666666, "", "", 0x77777777}};
  return options;
}

inline ConsumerOptions video_consumer(bool with_rtx = true) {
  ConsumerOptions options;
  options.kind = MediaKind::video;
  auto& parameters = options.rtp_parameters;
  parameters.mid = "5";
  parameters.cname = "peer";
  parameters.codecs = vp8_codecs(kMappedVp8, kMappedVp8Rtx);
  if (!with_rtx) parameters.codecs.pop_back();
  parameters.header_extensions = {extension(rtp::ExtensionKind::mid, 1),
                                  extension(rtp::ExtensionKind::abs_send_time, 4),
                                  extension(rtp::ExtensionKind::transport_cc, 5),
                                  extension(rtp::ExtensionKind::video_orientation, 8)};
  parameters.encodings.resize(1);
  parameters.encodings[0].ssrc = kConsumerSsrc;
  parameters.encodings[0].rtx_ssrc = with_rtx ? kConsumerRtxSsrc : 0;
  return options;
}

inline ConsumerOptions audio_consumer() {
  ConsumerOptions options;
  options.kind = MediaKind::audio;
  auto& parameters = options.rtp_parameters;
  parameters.mid = "6";
  parameters.cname = "peer";
  parameters.codecs = {codec("audio/opus", kMappedOpus, 48000)};
  parameters.header_extensions = {extension(rtp::ExtensionKind::mid, 1),
                                  extension(rtp::ExtensionKind::audio_level, 6)};
  parameters.encodings.resize(1);
  parameters.encodings[0].ssrc = 0x88888888;
  return options;
}

// A producer with consumers and everything they need, driven packet by packet.
struct Room {
  PacketPool pool{4096};
  SeededRandom random{1};
  Egress egress;
  std::unique_ptr<Producer> producer;
  std::vector<std::unique_ptr<Consumer>> consumers;

  explicit Room(ProducerOptions options = video_producer()) {
    auto created = Producer::create(1, std::move(options));
    producer = std::move(created.value());
  }
  ~Room() { consumers.clear(); }

  Consumer& add(Instant now, ConsumerOptions options = video_consumer()) {
    auto created = Consumer::create(2, *producer, std::move(options), random);
    consumers.push_back(std::move(created.value()));
    consumers.back()->transport_connected(now);
    return *consumers.back();
  }

  ReceiveResult receive(Instant now, const Spec& spec) {
    const PacketRef slot = make_packet(pool, spec);
    auto view = rtp::RtpView::parse(slot->bytes(), producer->extension_ids());
    if (view->has(rtp::ExtensionKind::abs_capture_time)) {
      producer->adjust_capture_time(*slot.get(), *view);
    }
    return producer->receive(now, slot, *view);
  }

  using Packets = std::vector<std::vector<uint8_t>>;

  static std::vector<uint8_t> join(MutableBytes slot, size_t header, Bytes payload) {
    std::vector<uint8_t> packet(slot.begin(), slot.begin() + static_cast<ptrdiff_t>(header));
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
  }

  // What the consumer sends at the end of a receive batch; the batch stays for others.
  Packets serve(Instant now, Consumer& consumer) {
    egress.set_time(now);
    Packets packets;
    std::vector<uint8_t> slot(2400);
    Bytes payload;
    for (const auto& packet : producer->batch()) {
      const size_t header = consumer.write(now, packet, egress, slot, &payload);
      if (header != 0) packets.push_back(join(slot, header, payload));
    }
    for (auto& packet : resends(now, consumer)) packets.push_back(std::move(packet));
    return packets;
  }
  Packets resends(Instant now, Consumer& consumer) {
    egress.set_time(now);
    Packets packets;
    std::vector<uint8_t> slot(2400);
    Bytes payload;
    while (const size_t header = consumer.next_resend(now, egress, slot, &payload)) {
      packets.push_back(join(slot, header, payload));
    }
    return packets;
  }
  // Receive one packet and serve the first consumer with it.
  Packets pass(Instant now, const Spec& spec) {
    receive(now, spec);
    auto packets = serve(now, *consumers[0]);
    producer->clear_batch();
    return packets;
  }
};

// A NACK as the peer would send it.
inline void nack(Consumer& consumer, Instant now, std::vector<uint16_t> lost) {
  std::array<uint8_t, 1292> buffer;
  rtcp::CompoundWriter writer(buffer);
  rtcp::Nack::write(writer, 1, consumer.streams()[0].params().ssrc, lost);
  rtcp::for_each_message(writer.bytes(), [&](const rtcp::Message& message) {
    consumer.handle_nack(now, std::get<rtcp::Nack>(message));
  });
}

inline rtp::RtpView parse(const std::vector<uint8_t>& packet, const RtpParameters& parameters) {
  return rtp::RtpView::parse(packet, parameters.extension_ids()).value();
}

}  // namespace sluice::media::support
