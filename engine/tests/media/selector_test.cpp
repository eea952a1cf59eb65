// The seam between a consumer and its strategy: what each decision does to the outgoing numbers,
// how an output begins, and that a resend repeats what a rewriter changed.
#include <doctest/doctest.h>

#include "media/awaited_packets.h"
#include "media/seq_mapper.h"
#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

constexpr uint32_t kLow = 0x1001, kHigh = 0x1002;

// Two encodings with unrelated numbers, of which one consumer gets one at a time.
ProducerOptions two_encodings() {
  ProducerOptions options = video_producer();
  options.rtp_parameters.encodings.assign(2, {});
  options.rtp_parameters.encodings[0].ssrc = kLow;
  options.rtp_parameters.encodings[1].ssrc = kHigh;
  options.rtp_mapping.encodings = {{kLow, "", "", 0x3001}, {kHigh, "", "", 0x3002}};
  return options;
}

// Forwards one encoding and ignores the others; a switch happens at a key frame of the wanted one.
class OneEncodingSelector final : public Selector {
 public:
  Selection select(Instant, const ReceivedPacket& packet, bool is_refused) override {
    Selection selection;
    const bool switches = packet.encoding == wanted && packet.facts.is_key_frame && !is_refused;
    if (packet.encoding == wanted && current_ != wanted && !switches) {
      selection.action = Selection::Action::wait;
      return selection;
    }
    if (packet.encoding != wanted && packet.encoding != current_) return selection;
    if (switches && current_ != wanted) {
      selection.begins = true;
      selection.segment = {packet.view.timestamp() - 90'000, 0};
      current_ = wanted;
    }
    if (packet.encoding != current_) return selection;
    selection.action = is_refused ? Selection::Action::leave_out : Selection::Action::forward;
    selection.marker = packet.view.marker();
    return selection;
  }
  void set_preferred(Instant, VideoLayers) override {}
  VideoLayers current() const override { return {}; }
  uint8_t wanted_encoding() const override { return wanted; }
  void restart(Instant) override { current_ = 0xFF; }

  uint8_t wanted = 0;

 private:
  uint8_t current_ = 0xFF;
};

// Overwrites a byte of each payload with a count, so that no two packets get the same patch; or
// puts three bytes in place of the descriptor's first.
class CountingRewriter final : public Rewriter {
 public:
  explicit CountingRewriter(Patch::Target target) : target_(target) {}
  Patch rewrite(const ReceivedPacket&, const Selection&) override {
    Patch patch;
    patch.target = target_;
    patch.at = 1;
    patch.removed = 1;
    patch.size = 2;
    patch.bytes = {++count_, 0xAB};
    return patch;
  }

 private:
  Patch::Target target_;
  uint8_t count_ = 0;
};

Consumer& add(Room& room, ConsumerOptions options, Consumer::Strategy strategy) {
  auto created =
      Consumer::create(2, *room.producer, std::move(options), room.random, std::move(strategy));
  room.consumers.push_back(std::move(created.value()));
  room.consumers.back()->transport_connected(at(0ms));
  return *room.consumers.back();
}

Spec video(uint32_t ssrc, uint16_t seq, bool is_key = false) {
  return {.ssrc = ssrc, .seq = seq, .timestamp = 3000u * seq, .payload = vp8(is_key, seq)};
}

}  // namespace

// Why `ignore` and `leave_out` must differ: one number of another encoding, left out of the present
// one, moves the mapper's window away from all that follows.
TEST_CASE("selector: a number of another encoding, left out, would spoil a mapper") {
  SeqMapper mapper(1000);
  mapper.sync(5000);
  mapper.leave_out(60000);
  size_t mapped = 0;
  for (uint64_t seq = 5001; seq <= 7000; ++seq) mapped += mapper.map(seq) ? 1 : 0;
  CHECK(mapped == 0);
}

TEST_CASE("selector: packets of an encoding that is ignored leave the output whole") {
  Room room(two_encodings());
  auto selector = std::make_unique<OneEncodingSelector>();
  Consumer& consumer = add(room, video_consumer(), {std::move(selector), nullptr});
  std::vector<uint16_t> numbers;
  for (uint16_t i = 0; i < 2000; ++i) {
    for (const auto& spec : {video(kLow, 5000 + i, i == 0), video(kHigh, 60000 + i, i % 50 == 0)}) {
      for (const auto& packet : room.pass(at(1ms * i), spec)) {
        const auto view = parse(packet, consumer.rtp_parameters());
        CHECK(number_of(view.payload()) == ((5000 + i) & 0x7FFF));
        numbers.push_back(view.sequence());
      }
    }
  }
  REQUIRE(numbers.size() == 2000);
  for (size_t i = 1; i < numbers.size(); ++i) CHECK(numbers[i] == uint16_t(numbers[i - 1] + 1));
  CHECK(consumer.drops().layer == 2000);
}

TEST_CASE("selector: a switch goes on with the numbers, and late packets of its key frame follow") {
  Room room(two_encodings());
  auto owned = std::make_unique<OneEncodingSelector>();
  OneEncodingSelector& selector = *owned;
  Consumer& consumer = add(room, video_consumer(), {std::move(owned), nullptr});
  const auto sequences = [&](Instant now, const Spec& spec) {
    std::vector<uint16_t> numbers;
    for (const auto& packet : room.pass(now, spec)) {
      numbers.push_back(parse(packet, consumer.rtp_parameters()).sequence());
    }
    return numbers;
  };
  const uint16_t first = sequences(at(0ms), video(kLow, 100, true)).at(0);
  selector.wanted = 1;
  // The second and third packets overtake the key frame's first; a packet of the encoding that is
  // left has the same number as one of them.
  CHECK(sequences(at(10ms), video(kHigh, 101)).empty());
  CHECK(sequences(at(10ms), video(kHigh, 102)).empty());
  CHECK(sequences(at(10ms), video(kHigh, 90)).empty());  // From before the key frame.
  const auto at_key = sequences(at(20ms), video(kHigh, 100, true));
  CHECK(at_key ==
        std::vector<uint16_t>{uint16_t(first + 1), uint16_t(first + 2), uint16_t(first + 3)});
  CHECK(sequences(at(30ms), video(kHigh, 103)) == std::vector<uint16_t>{uint16_t(first + 4)});

  // Resends come from the encoding that each number was sent of.
  nack(consumer, at(400ms), {first, uint16_t(first + 2)});
  const auto resent = room.resends(at(400ms), consumer);
  REQUIRE(resent.size() == 2);
  CHECK(number_of(parse(resent[0], consumer.rtp_parameters()).payload().subspan(2)) == 100);
  CHECK(number_of(parse(resent[1], consumer.rtp_parameters()).payload().subspan(2)) == 101);
}

TEST_CASE("selector: a refused packet does not begin the output of a pipe's stream") {
  auto options = audio_producer();
  options.rtp_parameters.codecs.push_back(codec("audio/telephone-event", 110, 48000));
  options.rtp_mapping.codecs.push_back({110, 105});
  Room room(options);
  auto pipe = audio_consumer();
  pipe.type = ConsumerType::pipe;
  Consumer& consumer = room.add(at(0ms), pipe);
  const auto spec = [](uint16_t seq, uint8_t type) {
    return Spec{.ssrc = 0x66666666,
                .seq = seq,
                .timestamp = 960u * seq,
                .payload_type = type,
                .payload = {0x78, 1, 2}};
  };
  CHECK(room.pass(at(0ms), spec(10, 110)).empty());
  for (uint16_t seq = 11; seq < 15; ++seq) {
    CHECK(room.pass(at(1ms * seq), spec(seq, kOpus)).size() == 1);
  }
  CHECK(consumer.drops().too_old == 0);
}

TEST_CASE("rewriter: a resend repeats its patch, with RTX and without, in payload and descriptor") {
  constexpr uint8_t kInId = 12, kOutId = 9;
  const std::vector<uint8_t> descriptor = {0xC0, 0, 1, 7};
  for (const bool with_rtx : {true, false}) {
    for (const auto target : {Patch::Target::payload, Patch::Target::descriptor}) {
      CAPTURE(with_rtx);
      auto source = video_producer();
      source.rtp_parameters.header_extensions.push_back(
          extension(rtp::ExtensionKind::dependency_descriptor, kInId));
      Room room(source);
      auto options = video_consumer(with_rtx);
      options.rtp_parameters.header_extensions.push_back(
          extension(rtp::ExtensionKind::dependency_descriptor, kOutId));
      Consumer& consumer =
          add(room, options, {nullptr, std::make_unique<CountingRewriter>(target)});
      std::vector<std::vector<uint8_t>> sent;
      // More than the history starts with, so that its lanes grow with patches in them.
      for (uint16_t i = 0; i < 150; ++i) {
        Spec spec{.seq = uint16_t(10 + i), .payload = vp8(i == 0, i)};
        spec.extensions = {{kInId, descriptor}};
        const auto packets = room.pass(at(1ms * i), spec);
        REQUIRE(packets.size() == 1);
        sent.push_back(packets[0]);
      }
      const auto parameters = consumer.rtp_parameters();
      const size_t places[] = {0, 3, 64, 149};
      std::vector<uint16_t> lost;
      for (const size_t place : places) lost.push_back(parse(sent[place], parameters).sequence());
      nack(consumer, at(400ms), lost);
      const auto resent = room.resends(at(400ms), consumer);
      REQUIRE(resent.size() == std::size(places));
      for (size_t i = 0; i < std::size(places); ++i) {
        const auto before = parse(sent[places[i]], parameters);
        const auto again = parse(resent[i], parameters);
        const auto count = static_cast<uint8_t>(places[i] + 1);
        const Bytes old_value = before.extension(rtp::ExtensionKind::dependency_descriptor);
        const Bytes value = again.extension(rtp::ExtensionKind::dependency_descriptor);
        CHECK(std::equal(value.begin(), value.end(), old_value.begin(), old_value.end()));
        const Bytes payload = again.payload().subspan(with_rtx ? 2 : 0);
        const Bytes old_payload = before.payload();
        CHECK(std::equal(payload.begin(), payload.end(), old_payload.begin(), old_payload.end()));
        if (!with_rtx) CHECK(resent[i] == sent[places[i]]);
        const Bytes changed = target == Patch::Target::payload ? payload : value;
        CHECK(changed[1] == count);
        CHECK(changed[2] == 0xAB);
        CHECK(value.size() == (target == Patch::Target::descriptor ? 5 : 4));
      }
    }
  }
}

TEST_CASE("patch: replaces bytes, and refuses what reaches beyond the source or the room") {
  const std::array<uint8_t, 4> source = {1, 2, 3, 4};
  std::array<uint8_t, 6> room{};
  const auto patch = [](uint8_t at, uint8_t removed, uint8_t size) {
    return Patch{Patch::Target::payload, at, removed, size, {9, 8, 7, 6, 5, 4}};
  };
  const auto text = [&](const Patch& p) {
    const Bytes bytes = apply(p, source, room);
    return std::vector<uint8_t>(bytes.begin(), bytes.end());
  };
  CHECK(text(patch(1, 2, 1)) == std::vector<uint8_t>{1, 9, 4});
  CHECK(text(patch(0, 1, 2)) == std::vector<uint8_t>{9, 8, 2, 3, 4});
  CHECK(text(patch(4, 0, 2)) == std::vector<uint8_t>{1, 2, 3, 4, 9, 8});
  CHECK(text(patch(0, 4, 0)).empty());
  CHECK(text(patch(3, 2, 1)).empty());   // Beyond the source.
  CHECK(text(patch(0, 0, 3)).empty());   // Beyond the room.
  CHECK(text(patch(0, 0, 13)).empty());  // More bytes than a patch has.
}

TEST_CASE("awaited packets: kept by encoding and number, bounded, in order once released") {
  const auto packet = [](uint8_t encoding, uint64_t seq) {
    ReceivedPacket made;
    made.encoding = encoding;
    made.seq = seq;
    return made;
  };
  AwaitedPackets awaited;
  CHECK(!awaited.next());
  for (const uint64_t seq : {12, 10, 14, 11}) {
    awaited.note(packet(0, seq));
    awaited.note(packet(1, seq + 1));
  }
  awaited.release(packet(1, 12), 2);
  std::vector<uint64_t> order;
  while (const auto next = awaited.next()) {
    CHECK(next->encoding == 1);
    CHECK(next->stream == 2);
    order.push_back(next->seq);
  }
  CHECK(order == std::vector<uint64_t>{12, 13, 15});

  for (uint64_t seq = 1; seq <= 100; ++seq) awaited.note(packet(0, (uint64_t{1} << 40) + seq));
  awaited.release(packet(0, 1), 0);
  size_t kept = 0;
  uint64_t last = 0;
  while (const auto next = awaited.next()) {
    last = next->seq;
    ++kept;
  }
  CHECK(kept == AwaitedPackets::kMax);
  CHECK(last == (uint64_t{1} << 40) + 100);
  awaited.note(packet(0, 5));
  awaited.clear();
  awaited.release(packet(0, 1), 0);
  CHECK(!awaited.has_released());
}
