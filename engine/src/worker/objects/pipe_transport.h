// A pipe to another router: over UDP to another host or process, as mediasoup has it, or by a link
// to another worker of this process.
#pragma once

#include "worker/objects/plain_transport.h"

namespace sluice::worker {

struct PipeOptions {
  std::optional<ListenInfo> listen_info;  // Empty: it is to be linked.
  bool enable_rtx = false;
  bool enable_srtp = false;
};

class PipeTransport final : public PlainTransport {
 public:
  static constexpr TransportType kType = TransportType::pipe;
  PipeTransport(ObjectId id, Core& core, Router& router, PipeOptions options);

  Status open() override;
  // {linkId?} -> {linkId}: offers a link, or takes the one that another transport of this process
  // has offered. Only without a socket, and once.
  Status connect_link(const Fields& request, JsonWriter& answer);

  void write_created(JsonWriter& out) const override;
  Status connect(const Fields& request, JsonWriter& answer) override;
  void write_dump(JsonWriter& out) const override;
  void write_stats(JsonWriter& out) override;

 private:
  void release() override;
  void write_tuple_fields(JsonWriter& out) const;

  const bool has_socket_;
  const bool enable_rtx_;
};

}  // namespace sluice::worker
