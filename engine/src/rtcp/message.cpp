#include "rtcp/message.h"

namespace sluice::rtcp {
namespace {

template <typename T>
std::optional<Message> parse_as(const PacketView& packet) {
  const auto message = T::parse(packet);
  if (!message) return std::nullopt;
  return Message(*message);
}

std::optional<Message> parse_transport_layer(const PacketView& packet) {
  switch (packet.count) {
    case kFormatNack:
      return parse_as<Nack>(packet);
    case kFormatTransportCc:
      return parse_as<TransportFeedback>(packet);
    default:
      return Ignored{packet.type, packet.count};
  }
}

std::optional<Message> parse_payload_specific(const PacketView& packet) {
  switch (packet.count) {
    case kFormatPli:
      return parse_as<PictureLoss>(packet);
    case kFormatFir:
      return parse_as<FullIntraRequest>(packet);
    case kFormatApplicationLayer:
      if (Remb::has_identifier(packet)) return parse_as<Remb>(packet);
      break;
    default:
      break;  // SLI and RPSI among them: nothing for a forwarder to do.
  }
  return Ignored{packet.type, packet.count};
}

}  // namespace

std::optional<Message> parse_message(const PacketView& packet) {
  switch (packet.type) {
    case kTypeSenderReport:
      return parse_as<SenderReport>(packet);
    case kTypeReceiverReport:
      return parse_as<ReceiverReport>(packet);
    case kTypeSourceDescription:
      return parse_as<SourceDescription>(packet);
    case kTypeBye:
      return parse_as<Bye>(packet);
    case kTypeExtendedReport:
      return parse_as<ExtendedReport>(packet);
    case kTypeTransportFeedback:
      return parse_transport_layer(packet);
    case kTypePayloadFeedback:
      return parse_payload_specific(packet);
    default:
      return Ignored{packet.type, packet.count};
  }
}

}  // namespace sluice::rtcp
