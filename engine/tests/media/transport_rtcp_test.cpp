// What a transport sends at intervals: reports, transport-cc feedback, REMB.
#include <doctest/doctest.h>

#include "media/remb_limiter.h"
#include "media/rtcp_reports.h"
#include "media/rtcp_schedule.h"
#include "media/transport_cc_receiver.h"
#include "media/transport_cc_sender.h"
#include "rtcp/message.h"
#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

// Calls visit(message) for each message of a compound.
template <typename Visit>
void read(Bytes compound, Visit&& visit) {
  const auto counts = rtcp::for_each_message(compound, visit);
  CHECK(counts.malformed == 0);
}

struct Statuses {
  uint16_t base = 0;
  uint8_t count = 0;
  std::vector<std::pair<uint16_t, bool>> list;
};

std::vector<Statuses> poll(TransportCcReceiver& receiver, Instant now) {
  std::vector<Statuses> all;
  std::array<uint8_t, 1292> buffer;
  while (const size_t bytes = receiver.poll(now, buffer)) {
    read(Bytes(buffer).first(bytes), [&](const rtcp::Message& message) {
      const auto& feedback = std::get<rtcp::TransportFeedback>(message);
      Statuses one{feedback.base_sequence, feedback.feedback_count, {}};
      feedback.for_each([&](const rtcp::TransportFeedback::Status& status) {
        one.list.emplace_back(status.sequence, status.received);
      });
      all.push_back(one);
    });
  }
  return all;
}

}  // namespace

TEST_CASE("transport-cc receiver: reports every 100 ms what came and what did not") {
  TransportCcReceiver receiver;
  CHECK(receiver.next_timeout() == kNever);
  receiver.handle_packet(at(0ms), 65534, 7);
  receiver.handle_packet(at(1ms), 0, 7);
  CHECK(receiver.next_timeout() == at(100ms));
  CHECK(poll(receiver, at(99ms)).empty());
  const auto first = poll(receiver, at(100ms));
  REQUIRE(first.size() == 1);
  CHECK(first[0].base == 65534);
  CHECK(first[0].count == 0);
  const std::vector<std::pair<uint16_t, bool>> expected = {
      {65534, true}, {65535, false}, {0, true}};
  CHECK(first[0].list == expected);
  CHECK(receiver.next_timeout() == kNever);

  receiver.handle_packet(at(150ms), 3, 7);
  const auto second = poll(receiver, at(250ms));
  REQUIRE(second.size() == 1);
  CHECK(second[0].base == 1);
  CHECK(second[0].count == 1);
  CHECK(receiver.loss().expected == 6);
  CHECK(receiver.loss().received == 3);
}

TEST_CASE("transport-cc receiver: a packet that comes late is reported with its neighbours") {
  TransportCcReceiver receiver;
  for (const uint16_t seq : {10, 11, 13}) receiver.handle_packet(at(0ms), seq, 7);
  poll(receiver, at(100ms));
  receiver.handle_packet(at(120ms), 12, 7);
  receiver.handle_packet(at(130ms), 14, 7);
  const auto again = poll(receiver, at(220ms));
  REQUIRE(again.size() == 1);
  const std::vector<std::pair<uint16_t, bool>> expected = {{12, true}, {13, true}, {14, true}};
  CHECK(again[0].list == expected);
  CHECK(receiver.loss().expected == 5);
  receiver.handle_packet(at(230ms), 14, 7);  // A duplicate says nothing.
  CHECK(receiver.loss().received == 5);
}

TEST_CASE("transport-cc receiver: a hole too long for one packet is split") {
  TransportCcReceiver receiver;
  for (uint16_t i = 0; i < 3000; ++i) receiver.handle_packet(at(i * 30us), i, 7);
  const auto all = poll(receiver, at(190ms));
  CHECK(all.size() > 1);
  size_t received = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].count == i);
    received += all[i].list.size();
  }
  CHECK(received == 3000);
}

TEST_CASE("transport-cc receiver: a burst that fills the list does not end the feedback") {
  TransportCcReceiver receiver;
  uint16_t seq = 0;
  // 20,000 packets a second: the list holds fewer than come in the half second it looks back.
  for (int i = 0; i < 20'000; ++i) {
    receiver.handle_packet(at(i * 50us), seq++, 7);
    poll(receiver, at(i * 50us));
  }
  poll(receiver, at(2s));
  CHECK(receiver.loss().received > 19'000);
  const Instant later = at(5s);
  receiver.handle_packet(later, seq, 7);
  REQUIRE(receiver.next_timeout() == later + 100ms);
  const auto last = poll(receiver, later + 100ms);
  REQUIRE(!last.empty());
  CHECK(last.back().list.back() == std::pair{seq, true});
}

TEST_CASE("transport-cc receiver: more in one interval than the list holds is counted") {
  TransportCcReceiver receiver;
  for (int i = 0; i < 5000; ++i) receiver.handle_packet(at(0ms), uint16_t(i), 7);
  CHECK(receiver.dropped() == 5000 - TransportCcReceiver::kArrivalsMax);
  CHECK(!poll(receiver, at(100ms)).empty());
}

TEST_CASE("transport-cc sender: numbers packets and learns loss and round trip from feedback") {
  TransportCcSender sender;
  TransportCcReceiver receiver;
  for (uint16_t i = 0; i < 1000; ++i) {
    const Instant now = at(i * 5ms);
    const uint16_t seq = sender.next(now, 1200);
    CHECK(seq == i + 1);
    if (i % 10 != 3) receiver.handle_packet(now + 20ms, seq, 7);
    std::array<uint8_t, 1292> buffer;
    while (const size_t bytes = receiver.poll(now + 20ms, buffer)) {
      read(Bytes(buffer).first(bytes), [&](const rtcp::Message& message) {
        sender.handle_feedback(now + 40ms, std::get<rtcp::TransportFeedback>(message));
      });
    }
  }
  CHECK(sender.figures().sent == 1000);
  CHECK(sender.figures().received > 850);
  CHECK(sender.figures().loss == doctest::Approx(0.1).epsilon(0.3));
  CHECK(sender.figures().rtt_ms == doctest::Approx(40).epsilon(0.1));
  CHECK(sender.memory_bytes() <= 1024);
}

TEST_CASE("transport-cc sender: grows for what is outstanding, up to a limit") {
  TransportCcSender sender;
  for (int i = 0; i < 1000; ++i) sender.next(at(i * 1ms), 1200);
  CHECK(sender.memory_bytes() == 1024 * 8);
  for (int i = 0; i < 100'000; ++i) sender.next(at(1s), 1200);
  CHECK(sender.memory_bytes() == 8192 * 8);
}

TEST_CASE("remb limiter: repeats the limit, and its removal four times") {
  RembLimiter limiter;
  std::array<uint8_t, 64> buffer;
  const std::array<uint32_t, 1> ssrcs = {9};
  const auto bitrate = [&](Instant now) -> int64_t {
    const size_t bytes = limiter.poll(now, ssrcs, buffer);
    int64_t value = -1;
    read(Bytes(buffer).first(bytes), [&](const rtcp::Message& message) {
      value = static_cast<int64_t>(std::get<rtcp::Remb>(message).bitrate);
    });
    return value;
  };
  CHECK(limiter.next_timeout() == kNever);
  limiter.set_limit(at(0ms), 256'000);
  CHECK(bitrate(at(0ms)) == 256'000);
  CHECK(bitrate(at(1499ms)) == -1);
  CHECK(bitrate(at(1500ms)) == 256'000);
  limiter.set_limit(at(1600ms), 0);
  for (int i = 0; i < 4; ++i) CHECK(bitrate(at(1600ms + i * 1500ms)) == 0);
  CHECK(limiter.next_timeout() == kNever);
  limiter.set_limit(at(9s), 1000);
  CHECK(limiter.poll(at(9s), {}, buffer) == 0);  // Nobody to tell yet.
  CHECK(limiter.next_timeout() == at(10500ms));
}

TEST_CASE("rtcp schedule: first after half a second, then between 1 and 1.5 s") {
  RtcpSchedule schedule;
  SeededRandom random(3);
  schedule.start(at(0ms));
  CHECK(!schedule.poll(at(499ms), random));
  CHECK(schedule.poll(at(500ms), random));
  Instant last = at(500ms);
  Duration least = 10s, most{};
  for (int i = 0; i < 200; ++i) {
    const Duration wait = schedule.next_timeout() - last;
    least = std::min(least, wait);
    most = std::max(most, wait);
    last = schedule.next_timeout();
    CHECK(schedule.poll(last, random));
  }
  CHECK(least >= 1000ms);
  CHECK(most <= 1500ms);
  CHECK(most - least > 400ms);
  CHECK(!RtcpSchedule::is_due(at(860ms), at(0s)));
  CHECK(RtcpSchedule::is_due(at(870ms), at(0s)));
}

TEST_CASE(
    "rtcp reports: blocks and reference time for producers, SR, CNAME and DLRR for consumers") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  room.pass(at(0ms), {.seq = 1, .timestamp = 9000, .payload = vp8(true)});
  consumer.handle_reference_time(at(500ms), {0x00010002, 0x80000000});

  Producer* producers[] = {room.producer.get()};
  Consumer* consumers[] = {&consumer};
  RtcpReports reports(at(1s), {5000, 0}, producers, consumers);
  std::array<uint8_t, 1292> buffer;
  const size_t bytes = reports.next(buffer);
  std::vector<std::string> kinds;
  read(Bytes(buffer).first(bytes), [&](const rtcp::Message& message) {
    if (const auto* rr = std::get_if<rtcp::ReceiverReport>(&message)) {
      kinds.push_back("rr");
      CHECK(rr->blocks[0].ssrc == kVideoSsrc);
    } else if (const auto* sr = std::get_if<rtcp::SenderReport>(&message)) {
      kinds.push_back("sr");
      CHECK(sr->ssrc == kConsumerSsrc);
      CHECK(sr->ntp == NtpTime{5000, 0});
      CHECK(sr->rtp_timestamp == 9000 + 90000);
      CHECK(sr->packets == 1);
      CHECK(sr->octets == 40);
    } else if (const auto* sdes = std::get_if<rtcp::SourceDescription>(&message)) {
      kinds.push_back("sdes");
      sdes->for_each([](const auto& chunk) {
        CHECK(chunk.ssrc == kConsumerSsrc);
        CHECK(chunk.cname == "peer");
      });
    } else if (const auto* xr = std::get_if<rtcp::ExtendedReport>(&message)) {
      if (xr->reference_time) {
        kinds.push_back("rrt");
        CHECK(*xr->reference_time == NtpTime{5000, 0});
      } else {
        kinds.push_back("dlrr");
        CHECK(xr->dlrr[0].ssrc == kConsumerSsrc);
        CHECK(xr->dlrr[0].last_rr == 0x00028000);
        CHECK(xr->dlrr[0].delay_since_last_rr == 0x8000);
      }
    }
  });
  CHECK(kinds == std::vector<std::string>{"rr", "rrt", "sr", "sdes", "dlrr"});
  CHECK(reports.next(buffer) == 0);

  RtcpReports soon(at(1100ms), {5000, 0}, producers, consumers);
  CHECK(soon.next(buffer) == 0);  // Nothing is due again yet.
  RtcpReports later(at(5s), {5004, 0}, producers, consumers);
  const size_t rest = later.next(buffer);
  read(Bytes(buffer).first(rest), [](const rtcp::Message& message) {
    // The stream has stopped: it cannot tell where its clock stands.
    CHECK(!std::holds_alternative<rtcp::SenderReport>(message));
  });
}

TEST_CASE("rtcp reports: many streams fill several compounds, none too large, none forgotten") {
  Room room;
  std::vector<Consumer*> consumers;
  for (uint32_t i = 0; i < 60; ++i) {
    auto options = video_consumer();
    options.rtp_parameters.encodings[0].ssrc = 1000 + i;
    consumers.push_back(&room.add(at(0ms), options));
  }
  room.receive(at(0ms), {.seq = 1, .payload = vp8(true)});
  for (Consumer* consumer : consumers) room.serve(at(0ms), *consumer);
  std::vector<std::unique_ptr<Room>> others;
  std::vector<Producer*> producers;
  for (int i = 0; i < 50; ++i) {
    others.push_back(std::make_unique<Room>());
    others.back()->receive(at(0ms), {.seq = 1, .payload = vp8(true)});
    producers.push_back(others.back()->producer.get());
  }
  RtcpReports reports(at(1s), {1, 0}, producers, consumers);
  std::vector<uint8_t> buffer(4000);
  size_t blocks = 0, senders = 0, references = 0, compounds = 0;
  while (const size_t bytes = reports.next(buffer)) {
    ++compounds;
    CHECK(bytes <= 1292);
    CHECK((buffer[1] == 200 || buffer[1] == 201));  // RFC 3550, 6.1: a report comes first.
    read(Bytes(buffer).first(bytes), [&](const rtcp::Message& message) {
      if (const auto* rr = std::get_if<rtcp::ReceiverReport>(&message)) blocks += rr->blocks.size();
      senders += std::holds_alternative<rtcp::SenderReport>(message);
      const auto* xr = std::get_if<rtcp::ExtendedReport>(&message);
      references += xr && xr->reference_time;
    });
  }
  CHECK(blocks == 50);
  CHECK(senders == 60);
  CHECK(references == 1);
  CHECK(compounds > 2);
}

TEST_CASE("remb limiter: names as many streams as a message holds") {
  RembLimiter limiter;
  std::array<uint8_t, 1292> buffer;
  const std::vector<uint32_t> ssrcs(300, 9);
  limiter.set_limit(at(0ms), 256'000);
  const size_t bytes = limiter.poll(at(0ms), ssrcs, buffer);
  REQUIRE(bytes != 0);
  read(Bytes(buffer).first(bytes), [&](const rtcp::Message& message) {
    CHECK(std::get<rtcp::Remb>(message).ssrcs.size() == 255);
  });
}

TEST_CASE("rtcp reports: a CNAME that no SDES can carry keeps nobody else silent") {
  Room room;
  auto odd = video_consumer();
  odd.rtp_parameters.cname = std::string(2000, 'x');
  auto usual = video_consumer();
  usual.rtp_parameters.encodings[0].ssrc = 1000;
  Consumer* consumers[] = {&room.add(at(0ms), odd), &room.add(at(0ms), usual)};
  room.receive(at(0ms), {.seq = 1, .payload = vp8(true)});
  for (Consumer* consumer : consumers) room.serve(at(0ms), *consumer);
  RtcpReports reports(at(1s), {1, 0}, {}, consumers);
  std::array<uint8_t, 1292> buffer;
  size_t senders = 0;
  while (const size_t bytes = reports.next(buffer)) {
    read(Bytes(buffer).first(bytes), [&](const rtcp::Message& message) {
      senders += std::holds_alternative<rtcp::SenderReport>(message);
    });
  }
  CHECK(senders == 2);
}

TEST_CASE("transport-cc sender: feedback that says the same again and again costs a bounded work") {
  TransportCcSender sender;
  for (int i = 0; i < 1000; ++i) sender.next(at(i * 1ms), 1200);
  // 65,528 numbers lost, in 8 run-length chunks: a message of 36 bytes.
  std::array<uint8_t, 36> wire = {0x8F, 205, 0, 8, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0xFF, 0xF8};
  for (size_t chunk = 0; chunk < 8; ++chunk) store_u16(wire, 20 + chunk * 2, 0x1FFF);
  uint64_t messages = 0;
  for (int i = 0; i < 1'000; ++i) {
    read(wire, [&](const rtcp::Message& message) {
      sender.handle_feedback(at(1s), std::get<rtcp::TransportFeedback>(message));
      ++messages;
    });
  }
  CHECK(messages == 1'000);
  CHECK(sender.figures().lost <= 1000);
  CHECK(sender.figures().statuses_refused > 0);
  CHECK(sender.figures().statuses_read <= 4'000);  // Each packet may be spoken of four times.
}
