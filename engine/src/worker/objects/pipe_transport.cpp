#include "worker/objects/pipe_transport.h"

namespace sluice::worker {
namespace {

// Always of the strongest suite, as in mediasoup: both ends are ours.
PlainOptions plain_options(const PipeOptions& options) {
  PlainOptions plain;
  if (options.listen_info) plain.listen_info = *options.listen_info;
  plain.enable_srtp = options.enable_srtp;
  plain.profile = srtp::SrtpProfile::aead_aes_256_gcm;
  return plain;
}

}  // namespace

PipeTransport::PipeTransport(ObjectId id, Core& core, Router& router, PipeOptions options)
    : PlainTransport(id, TransportType::pipe, core, router, plain_options(options)),
      has_socket_(options.listen_info.has_value()),
      enable_rtx_(options.enable_rtx) {}

Status PipeTransport::open() {
  return has_socket_ ? PlainTransport::open() : ok();
}

void PipeTransport::release() {
  PlainTransport::release();
  LinkEnd* link = output().link();
  output().clear();
  if (link) core().links.release(link);
}

Status PipeTransport::connect_link(const Fields& request, JsonWriter& answer) {
  const auto id = request.maybe_number("linkId", 1, UINT32_MAX);
  if (request.failed()) return request.error();
  if (has_socket_) return failed("the transport has a socket: it cannot be linked");
  if (output().link()) return failed("the transport is linked already");
  Links::Offer offer;
  if (id) {
    auto taken = core().links.take(*id, *this);
    if (!taken) return taken.error();
    offer = {*id, *taken};
  } else {
    offer = core().links.offer(*this);
  }
  output().set_link(*offer.end);
  set_connected(true);
  answer.field("linkId", offer.id);
  return ok();
}

Status PipeTransport::connect(const Fields& request, JsonWriter& answer) {
  if (!has_socket_) return failed("the transport has no socket: it can only be linked");
  return PlainTransport::connect(request, answer);
}

// A link has no addresses; its tuple says that it stays within the machine.
void PipeTransport::write_tuple_fields(JsonWriter& out) const {
  if (has_socket_) return write_tuples(out);
  out.begin_object("tuple");
  out.field("localAddress", "127.0.0.1");
  out.field("localPort", 0);
  out.field("protocol", "udp");
  out.end_object();
}

void PipeTransport::write_created(JsonWriter& out) const {
  out.field("id", id());
  write_tuple_fields(out);
  write_srtp_parameters(out);
}

void PipeTransport::write_dump(JsonWriter& out) const {
  out.begin_object();
  write_base_dump(out);
  write_tuple_fields(out);
  out.field("rtx", enable_rtx_);
  write_srtp_parameters(out);
  out.end_object();
}

void PipeTransport::write_stats(JsonWriter& out) {
  out.begin_object();
  write_base_stats(out, "pipe-transport");
  write_tuple_fields(out);
  out.end_object();
}

}  // namespace sluice::worker
