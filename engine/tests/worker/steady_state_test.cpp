// All that a worker does for media in steady state, and that none of it allocates: SRTP both ways,
// losses on both legs with NACK and RTX, key-frame requests, reports, transport-cc feedback, REMB.
#include <array>
#include <thread>

#include "media/transport_cc_receiver.h"
#include "net/clock.h"
#include "rtcp/message.h"
#include "rtp/extension_values.h"
#include "rtp/rtx.h"
#include "tests/allocation_counter.h"
#include "tests/worker/video_scene.h"

namespace sluice::worker {
namespace {

using rtp::ExtensionKind;

constexpr uint8_t kWideId = 3, kTimeId = 2, kSentWideId = 5;
// Each leg loses one packet of so many. The numbers share no factor, so that both meet.
constexpr uint32_t kLostUpOf = 25, kLostDownOf = 21;

// What came to either peer, by kind.
struct Seen {
  uint64_t packets = 0, repaired = 0, refused = 0;
  uint64_t receiver_reports = 0, reference_times = 0, nacks = 0, plis = 0, feedbacks = 0, rembs = 0;
  uint64_t sender_reports = 0, dlrrs = 0;
};

std::string text_of(const Seen& seen) {
  const std::pair<const char*, uint64_t> rows[] = {
      {"packets", seen.packets},
      {"repaired", seen.repaired},
      {"receiver reports", seen.receiver_reports},
      {"reference times", seen.reference_times},
      {"nacks", seen.nacks},
      {"plis", seen.plis},
      {"feedbacks", seen.feedbacks},
      {"rembs", seen.rembs},
      {"sender reports", seen.sender_reports},
      {"dlrrs", seen.dlrrs},
  };
  std::string text;
  for (const auto& [name, count] : rows)
    text += std::string(name) + " " + std::to_string(count) + ", ";
  return text;
}

struct Scene : VideoScene {
  media::TransportCcReceiver arrivals;
  Seen seen;
  uint32_t number = 0;
  uint16_t wide_seq = 0;
  Instant next_report{};
  bool key_frame_wanted = true;

  Scene() {
    const uint32_t producer = produce_video(worker, sender.transport(),
                                            {{ExtensionKind::mid, 1},
                                             {ExtensionKind::abs_send_time, 2},
                                             {ExtensionKind::transport_cc, 3}});
    consume_video(worker, receiver.transport(), producer,
                  {{ExtensionKind::mid, 1},
                   {ExtensionKind::abs_send_time, 4},
                   {ExtensionKind::transport_cc, 5}},
                  /*with_rtx=*/true);
    const std::string limited = worker.call(SLUICE_TRANSPORT_SET_MAX_INCOMING_BITRATE,
                                            sender.transport(), R"({"bitrate":9000000})");
    REQUIRE_FALSE(limited.starts_with("error"));
  }

  template <typename Write>
  void send_rtcp(SrtpPeer& peer, Write&& write) {
    std::array<uint8_t, 1200> buffer;
    rtcp::CompoundWriter writer(buffer);
    write(writer);
    peer.send_rtcp(writer.bytes());
  }

  void send_packet(uint32_t n, bool is_rtx) {
    std::array<uint8_t, rtp::kTransportCcBytes> wide;
    rtp::write_transport_cc(wide, wide_seq++);
    std::array<uint8_t, rtp::kAbsSendTimeBytes> sent_at;
    rtp::write_abs_send_time(sent_at, rtp::to_abs_send_time(net::now()));
    const rtp::ExtensionItem items[] = {{kTimeId, sent_at}, {kWideId, wide}};
    const VideoPublisher::Packet packet{
        .seq = static_cast<uint16_t>(n), .is_key = key_frame_wanted, .extensions = items};
    if (is_rtx) return publisher.resend(packet);
    key_frame_wanted = false;
    publisher.send(packet);
  }

  // The publisher's turn: a packet (or its loss), and what its peer asked for.
  void publish() {
    if (number % kLostUpOf != kLostUpOf - 1) send_packet(number, false);
    ++number;
    while (const auto datagram = sender.receive(0)) {
      if (!is_rtcp(datagram->wire)) continue;
      const auto counts = rtcp::for_each_message(
          datagram->plain, [&](const rtcp::Message& message) { on_sender_message(message); });
      CHECK(counts.malformed == 0);
    }
  }
  void on_sender_message(const rtcp::Message& message) {
    if (const auto* report = std::get_if<rtcp::ReceiverReport>(&message)) {
      ++seen.receiver_reports;
      CHECK(report->blocks.size() >= 1);
    } else if (const auto* extended = std::get_if<rtcp::ExtendedReport>(&message)) {
      seen.reference_times += extended->reference_time.has_value();
    } else if (const auto* nack = std::get_if<rtcp::Nack>(&message)) {
      ++seen.nacks;
      nack->for_each([&](uint16_t seq) { send_packet(seq, true); });
    } else if (std::holds_alternative<rtcp::PictureLoss>(message)) {
      ++seen.plis;
      key_frame_wanted = true;
    } else if (std::holds_alternative<rtcp::TransportFeedback>(message)) {
      ++seen.feedbacks;
    } else if (std::holds_alternative<rtcp::Remb>(message)) {
      ++seen.rembs;
    }
  }

  // The receiver's turn: takes what there is, losing some, and answers.
  void receive(int timeout_ms) {
    while (const auto datagram = receiver.receive(timeout_ms)) {
      timeout_ms = 0;
      seen.refused += datagram->plain.empty();
      if (is_rtcp(datagram->wire)) {
        rtcp::for_each_message(datagram->plain, [&](const rtcp::Message& message) {
          seen.sender_reports += std::holds_alternative<rtcp::SenderReport>(message);
          const auto* extended = std::get_if<rtcp::ExtendedReport>(&message);
          seen.dlrrs += extended && extended->dlrr.size() != 0;
        });
      } else if (!datagram->plain.empty()) {
        on_packet(datagram->plain);
      }
    }
  }
  void on_packet(Bytes packet) {
    static const rtp::ExtensionIds ids = [] {
      rtp::ExtensionIds made;
      made.set(ExtensionKind::transport_cc, kSentWideId);
      return made;
    }();
    const auto view = rtp::RtpView::parse(packet, ids).value();
    const bool is_rtx = view.ssrc() == kSentRtxSsrc;
    seen.repaired += is_rtx;
    const auto number_in = VideoPublisher::number_of(view.payload().subspan(is_rtx ? 2 : 0));
    if (!is_rtx && number_in % kLostDownOf == 0) {
      return send_rtcp(receiver, [&](rtcp::CompoundWriter& out) {
        const uint16_t lost[] = {view.sequence()};
        rtcp::Nack::write(out, 1, kSentSsrc, lost);
      });
    }
    ++seen.packets;
    const Bytes wide = view.extension(ExtensionKind::transport_cc);
    arrivals.handle_packet(net::now(), rtp::parse_transport_cc(wide).value(), view.ssrc());
  }

  // What both peers say at intervals.
  void report(Instant now) {
    std::array<uint8_t, 1292> buffer;
    while (const size_t bytes = arrivals.poll(now, buffer)) {
      receiver.send_rtcp(Bytes(buffer).first(bytes));
    }
    if (now < next_report) return;
    next_report = now + 300ms;
    const auto second = static_cast<uint32_t>(now.time_since_epoch() / 1s);
    send_rtcp(sender, [&](rtcp::CompoundWriter& out) {
      rtcp::SenderReport{kVideoSsrc, {second, 1}, number * 3000, number, 1, {}}.write(out);
      const rtcp::DlrrBlock block{kVideoSsrc, 0x10000, 0};
      rtcp::ExtendedReport::write(out, kVideoSsrc, std::nullopt, {&block, 1});
    });
    send_rtcp(receiver, [&](rtcp::CompoundWriter& out) {
      const rtcp::ReportBlock block{kSentSsrc, 12, 100, number, 30, 0, 0};
      rtcp::ReceiverReport{1, {}}.write(out, {&block, 1});
      rtcp::ExtendedReport::write(out, 1, NtpTime{second, 0});
      rtcp::PictureLoss{1, kSentSsrc}.write(out);
    });
  }

  // As fast as the worker answers.
  void hurry(uint32_t packets) {
    for (const uint32_t end = number + packets; number < end;) {
      publish();
      receive(number % kLostUpOf == 0 ? 0 : 20);
      report(net::now());
    }
  }
  // At a steady 500 packets a second until everything has been seen some times.
  template <typename Enough>
  void pace(Enough&& enough, Instant deadline) {
    Instant next = net::now();
    while (!enough() && net::now() < deadline) {
      publish();
      next = std::max(next + 2ms, net::now());
      std::this_thread::sleep_for(next - net::now());
      receive(0);
      report(net::now());
    }
  }
};

TEST_CASE("a worker allocates nothing while media, repairs, reports and feedback flow") {
  Scene scene;
  // Faster than it will be later, so that every history and list has found a size that suffices;
  // and once around the reports, which take a second and a half.
  scene.hurry(15'000);
  const auto many = [&](const Seen& since) {
    const Seen& now = scene.seen;
    return now.packets > since.packets + 500 && now.repaired > since.repaired + 20 &&
           now.receiver_reports > since.receiver_reports &&
           now.reference_times > since.reference_times && now.nacks > since.nacks + 20 &&
           now.plis > since.plis + 2 && now.feedbacks > since.feedbacks + 10 &&
           now.rembs > since.rembs && now.sender_reports > since.sender_reports &&
           now.dlrrs > since.dlrrs;
  };
  // A list that meets its longest turn so far grows once more, which a busy machine brings about.
  // What allocates by the packet or by the report does so in every window.
  uint64_t allocated = 0;
  for (int window = 0; window < 5; ++window) {
    const Seen before = scene.seen;
    const uint64_t allocated_before = allocations();
    scene.pace([&] { return many(before); }, net::now() + 30s);
    allocated = allocations() - allocated_before;
    INFO(text_of(before), " then ", text_of(scene.seen));
    REQUIRE(many(before));
    if (allocated == 0 && window > 0) break;
  }
  CHECK(allocated == 0);
  CHECK(scene.seen.refused == 0);
}

}  // namespace
}  // namespace sluice::worker
