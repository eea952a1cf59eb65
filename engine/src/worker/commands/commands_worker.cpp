// Methods of the worker itself, and those that create WebRtcServers and routers.

#include <sys/resource.h>

#include "worker/commands/methods.h"
#include "worker/objects/router.h"
#include "worker/objects/web_rtc_server.h"

namespace sluice::worker {

Status dump_worker(CommandContext& context) {
  JsonWriter& out = context.answer;
  Core& core = context.core;
  out.begin_object();
  out.begin_array("webRtcServerIds");
  core.objects.each<WebRtcServer>([&](WebRtcServer& server) { out.value(server.id()); });
  out.end_array();
  out.begin_array("routerIds");
  core.objects.each<Router>([&](Router& router) { out.value(router.id()); });
  out.end_array();
  out.begin_object("counters");
  for (size_t i = 0; i < kCounters; ++i) out.field(kCounterNames[i], core.counters.values[i]);
  const auto& sender = core.sockets.sender().counters();
  out.field("datagrams_sent", sender.datagrams);
  out.field("send_calls", sender.calls);
  out.field("gso_refused", sender.gso_refused);
  out.field("send_retained", sender.retained);
  out.field("drop_send_queue_full", sender.dropped_full);
  out.field("drop_send_error", sender.dropped_error);
  out.field("drop_send_closed", sender.dropped_socket);
  const auto& ring = core.events.ring().counts();
  out.field("events_written", ring.written);
  out.field("events_dropped", ring.dropped);
  out.field("events_coalesced", ring.coalesced);
  out.field("events_oversized", ring.oversized);
  out.field("doorbells", ring.rings);
  DirectChannel& direct = core.events.ring().direct();
  out.field("drop_direct_damaged", direct.is_open() ? direct.reader().damaged() : 0);
  out.field("packet_slots_in_use", core.pool.in_use());
  out.field("packet_slots", core.pool.capacity());
  out.field("packet_slots_limit", core.pool.limit());
  out.field("history_packets_reclaimed", core.pool.reclaimed());
  out.end_object();
  // Groups by their number of datagrams: 1, 2, 3-4, 5-8, 9-16, 17-32, 33-64.
  out.begin_array("sendGroupSizes");
  for (const uint64_t count : sender.group_sizes) out.value(count);
  out.end_array();
  out.end_object();
  return ok();
}

Status resource_usage(CommandContext& context) {
  rusage usage{};
  // Memory is the whole process's, which its threads share. Times are this thread's alone, because
  // mediasoup's callers add up the times of their workers.
  rusage thread{};
  getrusage(RUSAGE_SELF, &usage);
  getrusage(RUSAGE_THREAD, &thread);
  const auto ms = [](const timeval& time) { return time.tv_sec * 1000 + time.tv_usec / 1000; };
  JsonWriter& out = context.answer;
  out.begin_object();
  out.field("ru_utime", ms(thread.ru_utime));
  out.field("ru_stime", ms(thread.ru_stime));
  out.field("ru_maxrss", usage.ru_maxrss);
  out.field("ru_ixrss", usage.ru_ixrss);
  out.field("ru_idrss", usage.ru_idrss);
  out.field("ru_isrss", usage.ru_isrss);
  out.field("ru_minflt", thread.ru_minflt);
  out.field("ru_majflt", thread.ru_majflt);
  out.field("ru_nswap", thread.ru_nswap);
  out.field("ru_inblock", thread.ru_inblock);
  out.field("ru_oublock", thread.ru_oublock);
  out.field("ru_msgsnd", thread.ru_msgsnd);
  out.field("ru_msgrcv", thread.ru_msgrcv);
  out.field("ru_nsignals", thread.ru_nsignals);
  out.field("ru_nvcsw", thread.ru_nvcsw);
  out.field("ru_nivcsw", thread.ru_nivcsw);
  out.end_object();
  return ok();
}

Status update_settings(CommandContext& context) {
  EngineOptions& options = context.core.options;
  std::vector<std::string> tags;
  context.request.each_text("logTags", [&](std::string_view tag) { tags.emplace_back(tag); });
  const std::string_view level = context.request.text_or("logLevel", options.log_level);
  if (!parse_log_level(level)) {
    context.request.mistake("logLevel", "must be \"debug\", \"warn\", \"error\" or \"none\"");
  }
  if (context.request.failed()) return context.request.error();
  options.log_level = level;
  if (context.request.has("logTags")) options.log_tags = std::move(tags);
  context.core.events.set_log(*parse_log_level(level), options.log_tags);
  return ok();
}

namespace {

// SLUICE_PORT_STEERING=off lets tests see what happens where the kernel refuses to steer.
bool steers_ports() {
  const char* wish = secure_getenv("SLUICE_PORT_STEERING");
  return !wish || std::string_view(wish) != "off";
}

// With no id, opens a new shared port and stores its id in `id`.
Status share_port(Core& core, WebRtcServer& server, std::vector<ListenInfo> infos, uint32_t index,
                  std::optional<uint32_t>& id) {
  const bool opens = !id;
  auto port = opens ? std::make_shared<SharedPort>(core.random.next(), steers_ports())
                    : SharedPort::find(*id);
  if (!port) return Error{ErrorKind::not_found, "shared port not found"};
  auto member = PortMember::join(port, index, core.links.shared_mailbox());
  if (!member) return member.error();
  auto opened = server.open_shared(std::move(infos), std::move(*member), opens);
  if (opened && opens) id = SharedPort::publish(port);
  return opened;
}

}  // namespace

Status create_webrtc_server(CommandContext& context) {
  std::vector<ListenInfo> infos;
  context.request.each_object(
      "listenInfos", [&](const Fields& fields) { infos.push_back(read_listen_info(fields)); });
  if (infos.empty()) context.request.mistake("listenInfos", "must not be empty");
  std::optional<uint32_t> index, port_id;
  if (const auto shared = context.request.maybe_object("sharedPort")) {
    index = shared->number("index", 0, SharedPort::kMembersMax - 1);
    port_id = shared->maybe_number("id", 1, UINT32_MAX);
    if (infos.size() > SharedPort::kListeningMax) shared->mistake("index", "with too many infos");
  }
  if (context.request.failed()) return context.request.error();

  auto* server = context.core.objects.make<WebRtcServer>(context.core);
  if (!server) return Error{ErrorKind::limit, "too many objects"};
  const Status opened = index ? share_port(context.core, *server, std::move(infos), *index, port_id)
                              : server->open(infos);
  if (!opened) {
    context.core.objects.destroy(server->id());
    return opened;
  }
  context.answer.begin_object();
  context.answer.field("id", server->id());
  if (index) context.answer.field("sharedPortId", *port_id);
  context.answer.end_object();
  return ok();
}

Status create_router(CommandContext& context) {
  auto* router = context.core.objects.make<Router>(context.core);
  if (!router) return Error{ErrorKind::limit, "too many objects"};
  context.answer.begin_object();
  context.answer.field("id", router->id());
  context.answer.end_object();
  return ok();
}

// {events?}: writes that many log events, for tests of the ring and the doorbell.
Status ping(CommandContext& context) {
  const uint32_t events = context.request.number_or("events", 0, 0, 1u << 24);
  if (context.request.failed()) return context.request.error();
  for (uint32_t i = 0; i < events; ++i) {
    context.core.events.trace(SLUICE_EVENT_LOG, 0, [&](JsonWriter& out) {
      out.field("level", "debug");
      out.field("tag", "ping");
      out.field("text", std::to_string(i));
    });
  }
  return ok();
}

Status fail_on_purpose(CommandContext& context) {
  if (!context.core.options.allow_faults) {
    return Error{ErrorKind::unsupported, "faults are for tests, and not allowed here"};
  }
  const auto kind = Fault::parse(context.request.text("as"));
  if (!kind) context.request.mistake("as", "must be \"bad_alloc\", \"logic_error\" or \"unknown\"");
  const bool later = context.request.flag_or("later", false);
  if (context.request.failed()) return context.request.error();
  if (!later) Fault::raise(*kind);
  context.core.fault.raise_later(*kind, context.core.now);
  return ok();
}

}  // namespace sluice::worker
