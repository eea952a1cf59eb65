// Any RTCP message the engine acts on, and the walk over a compound that gives them.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "rtcp/bye.h"
#include "rtcp/compound_reader.h"
#include "rtcp/extended_report.h"
#include "rtcp/full_intra_request.h"
#include "rtcp/nack.h"
#include "rtcp/picture_loss.h"
#include "rtcp/receiver_report.h"
#include "rtcp/remb.h"
#include "rtcp/sender_report.h"
#include "rtcp/source_description.h"
#include "rtcp/transport_feedback.h"

namespace sluice::rtcp {

// Well-formed but of no interest: APP, SLI, RPSI, unknown types and formats.
struct Ignored {
  uint8_t type = 0;
  uint8_t count = 0;
};

using Message =
    std::variant<Ignored, SenderReport, ReceiverReport, SourceDescription, Bye, ExtendedReport,
                 Nack, PictureLoss, FullIntraRequest, Remb, TransportFeedback>;

// nullopt: malformed.
std::optional<Message> parse_message(const PacketView& packet);

struct CompoundCounts {
  uint32_t messages = 0;
  uint32_t ignored = 0;
  uint32_t malformed = 0;  // Packets whose body lies, plus one when the compound itself does.
};

// Calls f(const Message&) for each message but the ignored. A malformed message is counted and the
// walk goes on, for its length was right.
template <typename F>
CompoundCounts for_each_message(Bytes compound, F&& f) {
  CompoundCounts counts;
  CompoundReader reader(compound);
  while (const auto packet = reader.next()) {
    const auto message = parse_message(*packet);
    if (!message) {
      ++counts.malformed;
    } else if (std::holds_alternative<Ignored>(*message)) {
      ++counts.ignored;
    } else {
      ++counts.messages;
      f(*message);
    }
  }
  if (reader.malformed()) ++counts.malformed;
  return counts;
}

}  // namespace sluice::rtcp
