// RTCP compounds: every message is read to its last item, written anew and read again.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "rtcp/message.h"

using namespace sluice;
using namespace sluice::rtcp;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Large enough for whatever the input holds, so that a round trip loses nothing to room.
std::array<uint8_t, 0x40000> g_buffer;

template <typename T>
T reread(const CompoundWriter& out) {
  CompoundReader reader(out.bytes());
  const auto packet = reader.next();
  require(packet.has_value());
  const auto message = parse_message(*packet);
  require(message.has_value());
  require(!reader.next() && !reader.malformed());
  return std::get<T>(*message);
}

std::vector<ReportBlock> list_of(const ReportBlocks& blocks) {
  std::vector<ReportBlock> list;
  for (size_t i = 0; i < blocks.size(); ++i) list.push_back(blocks[i]);
  return list;
}

void check(const Ignored&) {}

void check(const SenderReport& report) {
  const auto blocks = list_of(report.blocks);
  CompoundWriter out(g_buffer, g_buffer.size());
  require(report.write(out, blocks));
  const auto again = reread<SenderReport>(out);
  require(again.ntp == report.ntp && again.octets == report.octets);
  require(list_of(again.blocks) == blocks);
}

void check(const ReceiverReport& report) {
  const auto blocks = list_of(report.blocks);
  CompoundWriter out(g_buffer, g_buffer.size());
  require(report.write(out, blocks));
  require(list_of(reread<ReceiverReport>(out).blocks) == blocks);
}

void check(const SourceDescription& description) {
  size_t chunks = 0;
  description.for_each([&](const SourceDescription::Chunk& chunk) {
    ++chunks;
    CompoundWriter out(g_buffer, g_buffer.size());
    require(SourceDescription::write(out, chunk.ssrc, chunk.cname) == !chunk.cname.empty());
    if (chunk.cname.empty()) return;
    reread<SourceDescription>(out).for_each([&](const SourceDescription::Chunk& again) {
      require(again.ssrc == chunk.ssrc && again.cname == chunk.cname);
    });
  });
  require(chunks == description.size());
}

void check(const Bye& bye) {
  std::vector<uint32_t> ssrcs;
  for (size_t i = 0; i < bye.ssrcs.size(); ++i) ssrcs.push_back(bye.ssrcs[i]);
  CompoundWriter out(g_buffer, g_buffer.size());
  require(Bye::write(out, ssrcs, bye.reason));
  const auto again = reread<Bye>(out);
  require(again.reason == bye.reason && again.ssrcs.size() == ssrcs.size());
}

void check(const ExtendedReport& report) {
  std::vector<DlrrBlock> blocks;
  for (size_t i = 0; i < report.dlrr.size(); ++i) blocks.push_back(report.dlrr[i]);
  CompoundWriter out(g_buffer, g_buffer.size());
  if (!ExtendedReport::write(out, report.ssrc, report.reference_time, blocks)) return;
  const auto again = reread<ExtendedReport>(out);
  require(again.reference_time == report.reference_time);
  require(again.dlrr.size() == blocks.size());
}

void check(const Nack& nack) {
  // Written in ascending order a list comes back as it was; from the wire it comes in any order.
  std::vector<uint16_t> lost;
  nack.for_each([&](uint16_t number) { lost.push_back(number); });
  require(!lost.empty());
  std::sort(lost.begin(), lost.end());
  lost.erase(std::unique(lost.begin(), lost.end()), lost.end());
  CompoundWriter out(g_buffer, g_buffer.size());
  const size_t written = Nack::write(out, nack.sender_ssrc, nack.media_ssrc, lost);
  require(written == lost.size());
  std::vector<uint16_t> again;
  reread<Nack>(out).for_each([&](uint16_t number) { again.push_back(number); });
  require(again == lost);
}

void check(const PictureLoss& loss) {
  CompoundWriter out(g_buffer, g_buffer.size());
  require(loss.write(out));
  require(reread<PictureLoss>(out).media_ssrc == loss.media_ssrc);
}

void check(const FullIntraRequest& request) {
  std::vector<FullIntraRequest::Item> items;
  for (size_t i = 0; i < request.size(); ++i) items.push_back(request[i]);
  CompoundWriter out(g_buffer, g_buffer.size());
  require(FullIntraRequest::write(out, request.sender_ssrc, items));
  require(reread<FullIntraRequest>(out).size() == items.size());
}

void check(const Remb& remb) {
  std::vector<uint32_t> ssrcs;
  for (size_t i = 0; i < remb.ssrcs.size(); ++i) ssrcs.push_back(remb.ssrcs[i]);
  CompoundWriter out(g_buffer, g_buffer.size());
  require(Remb::write(out, remb.sender_ssrc, remb.bitrate, ssrcs));
  const auto again = reread<Remb>(out);
  require(again.bitrate == remb.bitrate && again.ssrcs.size() == ssrcs.size());
}

void check(const TransportFeedback& feedback) {
  std::vector<TransportFeedback::Arrival> arrivals;
  uint64_t sequence = uint64_t{1} << 32 | feedback.base_sequence;
  const uint64_t base = sequence;
  const Instant reference{feedback.reference_time * kReferenceTick};
  size_t statuses = 0;
  feedback.for_each([&](const TransportFeedback::Status& status) {
    require(status.sequence == static_cast<uint16_t>(sequence));
    if (status.received) arrivals.push_back({sequence, reference + status.arrival});
    ++sequence;
    ++statuses;
  });
  require(statuses == feedback.status_count);
  if (arrivals.empty()) return;

  std::array<uint8_t, kCompoundBytesMax> buffer;
  CompoundWriter out(buffer);
  const size_t reported = TransportFeedback::write(out, 1, 2, 3, base, arrivals);
  require(reported > 0);
  const auto again = reread<TransportFeedback>(out);
  const Instant again_reference{again.reference_time * kReferenceTick};
  // 24 bits of 64 ms: either reference may have wrapped.
  const Duration wrap = kReferenceTick * (int64_t{1} << 24);
  size_t next = 0;
  uint64_t number = base;
  again.for_each([&](const TransportFeedback::Status& status) {
    if (status.received) {
      require(next < reported && arrivals[next].sequence == number);
      require((again_reference + status.arrival - arrivals[next].at) % wrap == Duration::zero());
      ++next;
    }
    ++number;
  });
  require(next == reported);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes wire(data, size);
  size_t messages = 0;
  const CompoundCounts counts = for_each_message(wire, [&](const Message& message) {
    ++messages;
    std::visit([](const auto& one) { check(one); }, message);
  });
  require(counts.messages == messages);
  require((counts.messages + counts.ignored + counts.malformed) * size_t{4} <= size + 4);
  return 0;
}
