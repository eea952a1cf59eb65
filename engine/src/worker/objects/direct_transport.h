// A direct transport: its peer is the application, by the rings of direct_channel.h. Connected from
// the start; neither addresses nor keys.
#pragma once

#include "worker/objects/transport.h"

namespace sluice::worker {

struct DirectOptions {
  static constexpr uint32_t kMessageSizeDefault = 262144;

  uint32_t max_send_message_size = kMessageSizeDefault;     // To the application.
  uint32_t max_receive_message_size = kMessageSizeDefault;  // From the application.
};

class DirectTransport final : public Transport {
 public:
  static constexpr TransportType kType = TransportType::direct;
  DirectTransport(ObjectId id, Core& core, Router& router, DirectOptions options);

  const DirectOptions& options() const { return options_; }

  Status open();
  void write_created(JsonWriter& out) const;
  Status connect(const Fields& request, JsonWriter& answer) override;
  void write_dump(JsonWriter& out) const override;
  void write_stats(JsonWriter& out) override;

 private:
  void release() override;

  const DirectOptions options_;
};

}  // namespace sluice::worker
