// A worker with one publisher of VP8 and its receivers, all over SRTP: what they say in JSON and on
// the wire.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rtp/extension_uri.h"
#include "rtp/rtp_writer.h"
#include "tests/worker/plain_peer.h"

namespace sluice::worker {

constexpr uint32_t kVideoSsrc = 1111, kVideoRtxSsrc = 1112, kMappedSsrc = 1113;
constexpr uint32_t kSentSsrc = 2221, kSentRtxSsrc = 2222;
constexpr uint8_t kVp8 = 96, kVp8Rtx = 97, kMappedVp8 = 101, kMappedVp8Rtx = 102;

using ExtensionList = std::vector<std::pair<rtp::ExtensionKind, int>>;

inline std::string extensions_json(const ExtensionList& list) {
  std::string text;
  for (const auto& [kind, id] : list) {
    text += (text.empty() ? "" : ",") + std::string(R"({"uri":")") +
            std::string(rtp::extension_uri(kind)) + R"(","id":)" + std::to_string(id) + "}";
  }
  return R"("headerExtensions":[)" + text + "]";
}

inline std::string vp8_json(int type, int rtx_type) {
  std::string text =
      R"("codecs":[{"mimeType":"video/VP8","payloadType":)" + std::to_string(type) +
      R"(,"clockRate":90000,"rtcpFeedback":[{"type":"nack"},{"type":"nack","parameter":"pli"},)"
      R"({"type":"transport-cc"}]})";
  if (rtx_type != 0) {
    text += R"(,{"mimeType":"video/rtx","payloadType":)" + std::to_string(rtx_type) +
            R"(,"clockRate":90000,"parameters":{"apt":)" + std::to_string(type) + "}}";
  }
  return text + "]";
}

inline std::string encoding_json(uint32_t ssrc, uint32_t rtx_ssrc) {
  const std::string rtx =
      rtx_ssrc == 0 ? "" : R"(,"rtx":{"ssrc":)" + std::to_string(rtx_ssrc) + "}";
  return R"("encodings":[{"ssrc":)" + std::to_string(ssrc) + rtx + R"(}],"rtcp":{"cname":"c"})";
}

inline uint32_t produce_video(TestWorker& worker, uint32_t transport,
                              const ExtensionList& extensions) {
  return worker.create(
      SLUICE_TRANSPORT_PRODUCE, transport,
      R"({"kind":"video","enableMediasoupPacketIdHeaderExtension":true,)"
      R"("rtpParameters":{"mid":"0",)" +
          vp8_json(kVp8, kVp8Rtx) + "," + extensions_json(extensions) + "," +
          encoding_json(kVideoSsrc, kVideoRtxSsrc) +
          R"(},"rtpMapping":{"codecs":[{"payloadType":96,"mappedPayloadType":101},)"
          R"({"payloadType":97,"mappedPayloadType":102}],"encodings":[{"ssrc":1111,)"
          R"("mappedSsrc":1113}]}})");
}

inline uint32_t consume_video(TestWorker& worker, uint32_t transport, uint32_t producer,
                              const ExtensionList& extensions, bool with_rtx) {
  return worker.create(SLUICE_TRANSPORT_CONSUME, transport,
                       R"({"producerId":)" + std::to_string(producer) +
                           R"(,"kind":"video","type":"simple","rtpParameters":{"mid":"5",)" +
                           vp8_json(kMappedVp8, with_rtx ? kMappedVp8Rtx : 0) + "," +
                           extensions_json(extensions) + "," +
                           encoding_json(kSentSsrc, with_rtx ? kSentRtxSsrc : 0) +
                           R"(},"consumableRtpEncodings":[{"ssrc":1113}]})");
}

// What a producer's peer sends: one frame a packet, its number in the payload.
class VideoPublisher {
 public:
  static constexpr size_t kPayloadBytes = 600;

  explicit VideoPublisher(SrtpPeer& peer) : peer_(peer) {}

  struct Packet {
    uint16_t seq = 0;
    bool is_key = false;
    std::span<const rtp::ExtensionItem> extensions = {};
    Bytes csrcs = {};
    uint8_t padding_bytes = 0;
    uint32_t ssrc = kVideoSsrc;
  };

  void send(const Packet& packet) { send_as(packet, false); }
  void resend(const Packet& packet) { send_as(packet, true); }

  static uint32_t number_of(Bytes payload) { return payload.size() < 8 ? 0 : load_u32(payload, 4); }

 private:
  void send_as(const Packet& packet, bool is_rtx) {
    std::array<uint8_t, 1500> slot;
    rtp::HeaderFields fields;
    fields.ssrc = is_rtx ? kVideoRtxSsrc : packet.ssrc;
    fields.payload_type = is_rtx ? kVp8Rtx : kVp8;
    fields.sequence = is_rtx ? rtx_seq_++ : packet.seq;
    fields.timestamp = packet.seq * 3000u;
    fields.marker = true;
    fields.padding = packet.padding_bytes != 0;
    fields.csrcs = packet.csrcs;
    const size_t header = rtp::write_header(slot, fields, packet.extensions);

    std::array<uint8_t, kPayloadBytes + 2 + 255> payload{};
    size_t size = 0;
    if (is_rtx) {
      store_u16(payload, 0, packet.seq);
      size = 2;
    }
    const MutableBytes media = MutableBytes(payload).subspan(size, kPayloadBytes);
    media[0] = 0x10;                      // RFC 7741, 4.2: the first packet of a frame;
    media[1] = packet.is_key ? 0 : 0x01;  // 4.3: a key frame or not.
    store_u32(media, 4, packet.seq);
    size += kPayloadBytes;
    if (packet.padding_bytes != 0) {
      rtp::write_padding(MutableBytes(payload).subspan(size), packet.padding_bytes);
      size += packet.padding_bytes;
    }
    peer_.send_rtp(slot, header, Bytes(payload).first(size));
  }

  SrtpPeer& peer_;
  uint16_t rtx_seq_ = 5000;
};

// A publisher and a receiver, connected; who produces and consumes what is the test's.
struct VideoScene {
  TestWorker worker;
  uint32_t router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  SrtpPeer sender{worker, router};
  SrtpPeer receiver{worker, router};
  VideoPublisher publisher{sender};
};

}  // namespace sluice::worker
