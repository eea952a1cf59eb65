// Two whole workers in virtual time, joined by a link: a publisher on a plain transport and one in
// the application, receivers on plain transports with and without SRTP, in the application, and on
// the second worker. An input is a list of steps, each a byte that says what, and its arguments:
//
//   0  packets of one of the publisher's streams: the stream, flags, how far sequence number and
//      timestamp move, the payload's size and itself
//   1  a run of packets with the numbers that follow: the stream, flags, how many
//   2  a packet again that was sent before, with other content or the same
//   3  raw bytes from the publisher: their size, then themselves
//   4  a NACK from a receiver: which, how many blocks, how far before the newest number the first
//   is 5  raw RTCP from a receiver: which, type and count, size, then the content 6  time goes on,
//   by milliseconds or by seconds, with turns on the way 7  a command for one of the objects 8  a
//   record in the application's ring: its type, its target, size and content 9  nonsense in a ring:
//   which, where, what
//
// Every packet sent parses, no (SSRC, sequence number) carries two contents, and no packet slot is
// left when all is closed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rtcp/packet_view.h"
#include "worker_scene.h"

using namespace sluice;
using fuzz::Input;
using fuzz::Receiver;

namespace {

constexpr size_t kMaxSteps = 256;
constexpr size_t kMaxPackets = 70'000;  // More than a wrap of the sequence numbers.
constexpr size_t kPacketsPerTurn = 32;

struct Stream {
  uint32_t ssrc;
  uint8_t payload_type;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
};

class Scenario : fuzz::WorkerScene {
 public:
  void run(Input in) {
    for (size_t step = 0; step < kMaxSteps && !in.empty(); ++step) run_step(in);
    finish();
  }

 private:
  void run_step(Input& in) {
    switch (in.byte() % 10) {
      case 0:
        return send_one(in);
      case 1:
        return send_run(in);
      case 2:
        return send_again(in);
      case 3:
        publisher_.send_to(ingress_port_, in.take(in.word() % 1500));
        return turn();
      case 4:
        return send_nack(in);
      case 5:
        return send_rtcp(in);
      case 6:
        return pass_time(in);
      case 7:
        return run_command(in);
      case 8:
        return write_record(in);
      case 9:
        return write_nonsense(in);
    }
  }

  // flags: 1 marker, 2 padding alone, 4 audio level, 8 capture time.
  std::vector<uint8_t> make_packet(const Stream& stream, uint8_t flags, Bytes payload) {
    std::vector<uint8_t> packet(12);
    packet[0] = 0x80;
    packet[1] = static_cast<uint8_t>(stream.payload_type | (flags & 1 ? 0x80 : 0));
    store_u16(packet, 2, stream.sequence);
    store_u32(packet, 4, stream.timestamp);
    store_u32(packet, 8, stream.ssrc);
    if (flags & 12) {
      packet[0] |= 0x10;
      // RFC 8285, 4.2: one byte of header for each element.
      const std::vector<uint8_t> level = {0xbe, 0xde, 0, 1, 0x40, 0x8f, 0, 0};
      const std::vector<uint8_t> capture = {0xbe, 0xde, 0, 3, 0x57, 1, 2, 3,
                                            4,    5,    6, 7, 8,    0, 0, 0};
      const auto& block = flags & 8 ? capture : level;
      packet.insert(packet.end(), block.begin(), block.end());
    }
    if (flags & 2) {
      packet[0] |= 0x20;
      packet.insert(packet.end(), {0, 0, 0, 4});
      return packet;
    }
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
  }

  void send(const Stream& stream, uint8_t flags, Bytes payload) {
    if (++packets_ > kMaxPackets) return;
    publisher_.send_to(ingress_port_, make_packet(stream, flags, payload));
    if (packets_ % kPacketsPerTurn == 0) turn();
  }

  Stream& stream_of(Input& in) { return streams_[in.byte() % std::size(streams_)]; }

  void send_one(Input& in) {
    Stream& stream = stream_of(in);
    const uint8_t flags = in.byte();
    stream.sequence = static_cast<uint16_t>(stream.sequence + in.word());
    stream.timestamp += in.word() << (flags & 0x80 ? 16 : 0);
    send(stream, flags, in.take(in.byte()));
    turn();
  }

  // Each packet of a run begins a key frame of VP8, and has the numbers of its own behind it.
  void send_run(Input& in) {
    Stream& stream = stream_of(in);
    const uint8_t flags = in.byte();
    // Only padding goes on for a whole wrap: nobody forwards it, so it takes little time.
    const uint32_t count = in.word() & (flags & 2 ? 0xffff : 0x3ff);
    for (uint32_t left = count; left != 0; --left) {
      std::vector<uint8_t> payload = {0x10, 0x00, 0, 0, 0, 0, 0, 0};
      store_u32(payload, 4, ++content_);
      ++stream.sequence;
      stream.timestamp += 960;
      send(stream, flags, payload);
    }
    turn();
  }

  void send_again(Input& in) {
    Stream stream = stream_of(in);
    const uint8_t flags = in.byte();
    stream.sequence = static_cast<uint16_t>(stream.sequence - in.byte());
    send(stream, flags, in.take(in.byte() % 64));
    turn();
  }

  void send_to_worker(Receiver& receiver, std::vector<uint8_t> packet) {
    if (packet.size() % 4 == 0) store_u16(packet, 2, static_cast<uint16_t>(packet.size() / 4 - 1));
    receiver.send(std::move(packet));
    turn();
  }

  // RFC 4585, 6.2.1. The numbers are counted from the newest one that the receiver has.
  void send_nack(Input& in) {
    Receiver& receiver = receivers_[in.byte() % std::size(receivers_)];
    std::vector<uint8_t> packet(12 + 4 * (1 + in.byte() % 8));
    packet[0] = 0x81;
    packet[1] = rtcp::kTypeTransportFeedback;
    store_u32(packet, 8, receiver.ssrc);
    auto first = static_cast<uint16_t>(receiver.sent.newest(receiver.ssrc) - in.word());
    for (size_t at = 12; at < packet.size(); at += 4, first += 17) {
      store_u16(packet, at, first);
      store_u16(packet, at + 2, 0xffff);
    }
    send_to_worker(receiver, std::move(packet));
  }

  void send_rtcp(Input& in) {
    Receiver& receiver = receivers_[in.byte() % std::size(receivers_)];
    std::vector<uint8_t> packet = rtcp_packet(in);
    if (in.byte() & 1) return send_to_worker(receiver, std::move(packet));
    publisher_.send_to(ingress_port_, packet);
    turn();
  }

  void pass_time(Input& in) {
    const uint16_t amount = in.word();
    const Duration whole = amount & 0x8000 ? std::chrono::seconds(amount & 0x3f)
                                           : Duration(std::chrono::milliseconds(amount & 0x3ff));
    for (int i = 0; i < 8; ++i) {
      now_ += whole / 8;
      turn();
    }
  }

  void run_command(Input& in) {
    static constexpr uint32_t kMethods[] = {SLUICE_TRANSPORT_DUMP,
                                            SLUICE_TRANSPORT_STATS,
                                            SLUICE_PRODUCER_DUMP,
                                            SLUICE_PRODUCER_STATS,
                                            SLUICE_PRODUCER_PAUSE,
                                            SLUICE_PRODUCER_RESUME,
                                            SLUICE_CONSUMER_DUMP,
                                            SLUICE_CONSUMER_STATS,
                                            SLUICE_CONSUMER_PAUSE,
                                            SLUICE_CONSUMER_RESUME,
                                            SLUICE_CONSUMER_CLOSE,
                                            SLUICE_CONSUMER_REQUEST_KEY_FRAME,
                                            SLUICE_PRODUCER_CLOSE,
                                            SLUICE_TRANSPORT_CLOSE,
                                            SLUICE_DATA_CONSUMER_PAUSE,
                                            SLUICE_DATA_CONSUMER_RESUME,
                                            SLUICE_PRODUCER_ENABLE_TRACE,
                                            SLUICE_CONSUMER_ENABLE_TRACE,
                                            SLUICE_TRANSPORT_SET_MAX_INCOMING_BITRATE};
    const uint32_t method = kMethods[in.byte() % std::size(kMethods)];
    const Object& object = objects_[in.byte() % objects_.size()];
    std::string_view request;
    if (method == SLUICE_PRODUCER_ENABLE_TRACE || method == SLUICE_CONSUMER_ENABLE_TRACE) {
      request = R"({"types":["rtp","keyframe","nack","pli","fir"]})";
    }
    if (method == SLUICE_TRANSPORT_SET_MAX_INCOMING_BITRATE) request = R"({"bitrate":100000})";
    object.worker->call(method, object.id, request);
    turn();
  }

  // ---- The application's rings

  void write_record(Input& in) {
    static constexpr uint32_t kTypes[] = {SLUICE_DIRECT_RTP, SLUICE_DIRECT_RTCP,
                                          SLUICE_DIRECT_MESSAGE, SLUICE_DIRECT_MESSAGE_TO};
    const uint32_t type = kTypes[in.byte() % std::size(kTypes)];
    const uint8_t which = in.byte();
    std::vector<uint8_t> payload;
    if (type == SLUICE_DIRECT_RTP && which & 0x80) {
      ++spoken_stream_.sequence;
      payload = make_packet(spoken_stream_, in.byte(), in.take(in.byte()));
    } else {
      const Bytes raw = in.take(in.word() % 3000);
      payload.assign(raw.begin(), raw.end());
    }
    put_record(type, which & 0x80 ? spoken_ : objects_[which % objects_.size()].id, payload);
    turn();
  }

  void put_record(uint32_t type, uint32_t target, Bytes payload) {
    worker::DirectChannel& direct = near_.events().direct();
    uint8_t* ring = direct.to_engine();
    const uint32_t head = fuzz::word(ring, 0).load();
    const auto size = static_cast<uint32_t>(payload.size());
    uint8_t* at = ring + SLUICE_RING_CONTROL_BYTES + (head & (direct.data_bytes() - 1));
    const uint32_t header[] = {size, type, target, 51};
    memcpy(at, header, sizeof(header));
    if (size != 0) memcpy(at + sizeof(header), payload.data(), size);
    fuzz::word(ring, 0).store(head + SLUICE_RECORD_HEADER_BYTES + ((size + 7) & ~7u));
  }

  // A host that writes where the engine will read, or where only the engine should write.
  void write_nonsense(Input& in) {
    worker::DirectChannel& direct = near_.events().direct();
    const uint8_t which = in.byte();
    uint8_t* rings[] = {near_.events().memory(), direct.to_engine(), direct.to_host()};
    uint8_t* ring = rings[which % std::size(rings)];
    if (ring == near_.events().memory()) near_.stop_reading();
    const uint16_t at = in.word();
    uint32_t value = uint32_t{in.word()} << 16 | in.word();
    if (which & 0x40) value = fuzz::word(ring, 0).load() + (value & 0xfff);
    // Indices and the size stand at these places; whatever else is aimed at is a record.
    static constexpr uint32_t kControl[] = {0, 64, 128, 192};
    const uint32_t offset =
        which & 0x80 ? SLUICE_RING_CONTROL_BYTES + (at & 0xfffc) : kControl[at % 4];
    fuzz::word(ring, offset).store(value);
    turn();
  }

  Stream streams_[3] = {{1000, 100}, {1001, 101}, {1002, 102}};
  Stream spoken_stream_{1003, 100};
  size_t packets_ = 0;
  uint32_t content_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::seed_random_numbers();
  Scenario().run(Input({data, size}));
  return 0;
}
