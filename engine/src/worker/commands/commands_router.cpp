// Methods of routers that create transports.
#include "worker/commands/methods.h"
#include "worker/objects/direct_transport.h"
#include "worker/objects/pipe_transport.h"
#include "worker/objects/plain_transport.h"
#include "worker/objects/web_rtc_server.h"
#include "worker/objects/web_rtc_transport.h"

namespace sluice::worker {
namespace {

// Opens a transport that was just made; destroys it when that fails.
template <typename T>
Status open_and_answer(CommandContext& context, T* transport) {
  if (!transport) return Error{ErrorKind::limit, "too many objects"};
  if (auto opened = transport->open(); !opened) {
    transport->close();
    return opened;
  }
  context.answer.begin_object();
  transport->write_created(context.answer);
  context.answer.end_object();
  return ok();
}

}  // namespace

Status create_webrtc_transport(CommandContext& context, Router& router) {
  const Fields& request = context.request;
  WebRtcOptions options;
  if (const auto server_id = request.maybe_number("webRtcServerId", 1, UINT32_MAX)) {
    options.server = context.core.objects.find<WebRtcServer>(*server_id);
    if (!options.server) return Error{ErrorKind::not_found, "WebRtcServer not found"};
  }
  request.each_object("listenInfos", [&](const Fields& fields) {
    options.listen_infos.push_back(read_listen_info(fields));
  });
  if ((options.server != nullptr) != options.listen_infos.empty()) {
    request.mistake("listenInfos", "or webRtcServerId must be given, not both");
  }
  options.preferences.enable_udp = request.flag_or("enableUdp", true);
  options.preferences.enable_tcp = request.flag_or("enableTcp", true);
  options.preferences.prefer_udp = request.flag_or("preferUdp", false);
  options.preferences.prefer_tcp = request.flag_or("preferTcp", false);
  options.ice_consent_timeout =
      std::chrono::seconds(request.number_or("iceConsentTimeout", 30, 0, UINT16_MAX));
  options.initial_available_outgoing_bitrate =
      request.number_or("initialAvailableOutgoingBitrate", 600000, 0, UINT32_MAX);
  if (request.failed()) return request.error();
  return open_and_answer(context, context.core.objects.make<WebRtcTransport>(context.core, router,
                                                                             std::move(options)));
}

// Whether one peer, which has one IP, can be reached from both.
bool share_a_family(const ListenInfo& a, const ListenInfo& b) {
  return (reaches(a, false) && reaches(b, false)) || (reaches(a, true) && reaches(b, true));
}

Status create_plain_transport(CommandContext& context, Router& router) {
  const Fields& request = context.request;
  PlainOptions options;
  options.listen_info = read_listen_info(request.object("listenInfo"));
  if (const auto rtcp = request.maybe_object("rtcpListenInfo")) {
    options.rtcp_listen_info = read_listen_info(*rtcp);
  }
  const auto must_be_udp = [&](const char* name, const ListenInfo& info) {
    if (info.protocol != Protocol::udp) request.mistake(name, "must have protocol \"udp\"");
  };
  must_be_udp("listenInfo", options.listen_info);
  if (options.rtcp_listen_info) must_be_udp("rtcpListenInfo", *options.rtcp_listen_info);
  if (options.rtcp_listen_info && !share_a_family(options.listen_info, *options.rtcp_listen_info)) {
    request.mistake("rtcpListenInfo.ip", "must be of the address family of listenInfo.ip");
  }
  options.rtcp_mux = request.flag_or("rtcpMux", true) && !options.rtcp_listen_info;
  options.comedia = request.flag_or("comedia", false);
  options.enable_srtp = request.flag_or("enableSrtp", false);
  if (request.has("srtpCryptoSuite")) {
    const auto profile = srtp::suite_from_name(request.text("srtpCryptoSuite"));
    if (!profile) request.mistake("srtpCryptoSuite", "is not supported");
    options.profile = profile.value_or(options.profile);
  }
  if (request.failed()) return request.error();
  return open_and_answer(
      context, context.core.objects.make<PlainTransport>(context.core, router, std::move(options)));
}

Status create_pipe_transport(CommandContext& context, Router& router) {
  const Fields& request = context.request;
  PipeOptions options;
  if (const auto info = request.maybe_object("listenInfo")) {
    options.listen_info = read_listen_info(*info);
    if (options.listen_info->protocol != Protocol::udp) {
      request.mistake("listenInfo", "must have protocol \"udp\"");
    }
  }
  options.enable_rtx = request.flag_or("enableRtx", false);
  options.enable_srtp = request.flag_or("enableSrtp", false);
  if (request.failed()) return request.error();
  return open_and_answer(
      context, context.core.objects.make<PipeTransport>(context.core, router, std::move(options)));
}

Status create_direct_transport(CommandContext& context, Router& router) {
  const Fields& request = context.request;
  // A message must fit one record of the ring to the host.
  const uint32_t most = context.core.options.direct_ring_bytes / 4 - SLUICE_RECORD_HEADER_BYTES;
  DirectOptions options;
  options.max_send_message_size =
      request.number_or("maxSendMessageSize", options.max_send_message_size, 0, most);
  options.max_receive_message_size =
      request.number_or("maxReceiveMessageSize", options.max_receive_message_size, 0, most);
  if (request.failed()) return request.error();
  return open_and_answer(context,
                         context.core.objects.make<DirectTransport>(context.core, router, options));
}

}  // namespace sluice::worker
