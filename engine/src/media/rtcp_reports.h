// The regular RTCP of a transport: receiver reports and the reference time (XR RRT) for its
// producers; sender reports, CNAMEs and DLRR for its consumers; in compounds of at most 1292 bytes.
//
//   RtcpReports reports(now, wall, producers, consumers);
//   while (size_t bytes = reports.next(buffer)) send(buffer.first(bytes));
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "base/bytes.h"
#include "base/time.h"
#include "rtcp/compound_writer.h"
#include "rtcp/report_block.h"

namespace sluice::media {

class Consumer;
class Producer;
class SendStream;

class RtcpReports {
 public:
  // `wall` is the NTP time at `now`. The spans must outlive the object.
  RtcpReports(Instant now, NtpTime wall, std::span<Producer* const> producers,
              std::span<Consumer* const> consumers)
      : now_(now), wall_(wall), producers_(producers), consumers_(consumers) {}

  // The next compound; 0 when all is said. `out` has at least 1292 bytes.
  size_t next(MutableBytes out);

 private:
  // Head and SSRC of the report, and the reference time that follows the first one.
  static constexpr size_t kReportOverhead = 8 + 20;

  bool add_receiver_report(rtcp::CompoundWriter& out);
  bool add_sender_report(rtcp::CompoundWriter& out, Consumer& consumer);

  Instant now_;
  NtpTime wall_;
  std::span<Producer* const> producers_;
  std::span<Consumer* const> consumers_;
  size_t next_producer_ = 0;
  size_t next_consumer_ = 0;
  size_t next_stream_ = 0;
  bool reported_ = false;  // A stream of the running consumer.
  bool reference_time_written_ = false;
};

}  // namespace sluice::media
