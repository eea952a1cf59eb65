#include "media/rtcp_reports.h"

#include <utility>

#include "media/consumer.h"
#include "media/producer.h"
#include "media/rtcp_schedule.h"
#include "rtcp/extended_report.h"
#include "rtcp/receiver_report.h"
#include "rtcp/source_description.h"

namespace sluice::media {
namespace {

// We send no media of our own, so our reports come from SSRC 0, as mediasoup's do.
constexpr uint32_t kReporterSsrc = 0;

// Header and body of a sender report, a CNAME chunk (padded) and an extended report with one block.
size_t sender_report_bytes(const SendStream& stream) {
  // A longer one than a chunk can carry is left out.
  const size_t cname_bytes = std::min<size_t>(stream.params().names->cname.size(), 255);
  return 28 + 4 + 4 + 2 + cname_bytes + 4 + 8 + 4 + rtcp::kDlrrBlockBytes;
}

}  // namespace

size_t RtcpReports::next(MutableBytes out) {
  rtcp::CompoundWriter writer(out);
  while (next_producer_ < producers_.size()) {
    if (!add_receiver_report(writer)) return writer.size();
  }
  while (next_consumer_ < consumers_.size()) {
    if (!add_sender_report(writer, *consumers_[next_consumer_])) return writer.size();
  }
  return writer.size();
}

// One report with the blocks of as many producers as it takes. False: the compound is full.
bool RtcpReports::add_receiver_report(rtcp::CompoundWriter& out) {
  std::array<rtcp::ReportBlock, rtcp::kReportBlocksMax> blocks;
  std::array<rtcp::ReportBlock, Producer::kReportBlocksMax> some;
  size_t size = 0;
  while (next_producer_ < producers_.size()) {
    Producer& producer = *producers_[next_producer_];
    if (!RtcpSchedule::is_due(now_, producer.last_report_at)) {
      ++next_producer_;
      continue;
    }
    // A block is made once, for its interval ends there: so first there has to be room.
    const size_t most = 2 * producer.encodings();
    const size_t bytes = (size + most) * rtcp::kReportBlockBytes + kReportOverhead;
    if (size + most > blocks.size()) break;
    if (bytes > out.bytes_left()) {
      if (size == 0) return false;
      break;
    }
    const size_t made = producer.make_reports(now_, some);
    std::copy_n(some.begin(), made, blocks.begin() + static_cast<ptrdiff_t>(size));
    size += made;
    producer.last_report_at = now_;
    ++next_producer_;
  }
  if (size == 0) return true;
  rtcp::ReceiverReport{kReporterSsrc, {}}.write(out, std::span(blocks).first(size));
  if (!reference_time_written_) {
    reference_time_written_ = rtcp::ExtendedReport::write(out, kReporterSsrc, wall_);
  }
  return true;
}

bool RtcpReports::add_sender_report(rtcp::CompoundWriter& out, Consumer& consumer) {
  const bool is_due = RtcpSchedule::is_due(now_, consumer.last_report_at);
  auto& streams = consumer.streams();
  for (; is_due && next_stream_ < streams.size(); ++next_stream_) {
    const SendStream& stream = streams[next_stream_];
    const auto report = stream.make_report(now_, wall_);
    if (!report) continue;
    if (out.bytes_left() < sender_report_bytes(stream)) return false;
    report->write(out);
    rtcp::SourceDescription::write(out, stream.params().ssrc, stream.params().names->cname);
    if (const auto dlrr = stream.make_dlrr(now_)) {
      rtcp::ExtendedReport::write(out, stream.params().ssrc, std::nullopt, {&*dlrr, 1});
    }
    reported_ = true;
  }
  if (std::exchange(reported_, false)) consumer.last_report_at = now_;
  next_stream_ = 0;
  ++next_consumer_;
  return true;
}

}  // namespace sluice::media
