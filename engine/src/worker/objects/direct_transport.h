// A direct transport: its peer is the application, through the rings of direct_channel.h. It is
// connected from the start and has neither addresses nor keys.
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
  // The application did not read fast enough, and too many messages wait already.
  void note_message_dropped();

  Status open();
  void write_created(JsonWriter& out) const;
  Status connect(const Fields& request, JsonWriter& answer) override;
  void write_dump(JsonWriter& out) const override;
  void write_stats(JsonWriter& out) override;

 private:
  void release() override;

  const DirectOptions options_;
  uint64_t messages_dropped_ = 0;
};

}  // namespace sluice::worker
