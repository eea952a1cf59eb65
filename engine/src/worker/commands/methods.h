// The functions behind the methods of sluice.h. Each reads its fields, reports the first mistake
// among them, does the work, and writes the answer's JSON if the method has one.
#pragma once

#include "base/result.h"
#include "worker/json/json.h"
#include "worker/loop/core.h"

namespace sluice::worker {

class Consumer;
class DataConsumer;
class DataProducer;
class DirectTransport;
class PipeTransport;
class Producer;
class Router;
class RtpObserver;
class Transport;
class WebRtcTransport;

struct CommandContext {
  Core& core;
  const Fields& request;
  JsonWriter& answer;  // Empty; a method without an answer leaves it so.
};

// commands_worker.cpp
Status ping(CommandContext& context);
Status dump_worker(CommandContext& context);
Status resource_usage(CommandContext& context);
Status update_settings(CommandContext& context);
Status create_webrtc_server(CommandContext& context);
Status create_router(CommandContext& context);
Status fail_on_purpose(CommandContext& context);

// commands_router.cpp
Status create_webrtc_transport(CommandContext& context, Router& router);
Status create_plain_transport(CommandContext& context, Router& router);
Status create_pipe_transport(CommandContext& context, Router& router);
Status create_direct_transport(CommandContext& context, Router& router);

// commands_observer.cpp
Status create_audio_level_observer(CommandContext& context, Router& router);
Status create_active_speaker_observer(CommandContext& context, Router& router);
Status pause(CommandContext& context, RtpObserver& observer);
Status resume(CommandContext& context, RtpObserver& observer);
Status add_producer(CommandContext& context, RtpObserver& observer);
Status remove_producer(CommandContext& context, RtpObserver& observer);

// commands_transport.cpp
Status connect(CommandContext& context, Transport& transport);
Status connect_link(CommandContext& context, PipeTransport& transport);
Status restart_ice(CommandContext& context, WebRtcTransport& transport);
Status set_max_incoming_bitrate(CommandContext& context, Transport& transport);
Status set_max_outgoing_bitrate(CommandContext& context, Transport& transport);
Status set_min_outgoing_bitrate(CommandContext& context, Transport& transport);
Status enable_trace(CommandContext& context, Transport& transport);
Status produce(CommandContext& context, Transport& transport);
Status consume(CommandContext& context, Transport& transport);

// commands_media.cpp
Status pause(CommandContext& context, Producer& producer);
Status resume(CommandContext& context, Producer& producer);
Status enable_trace(CommandContext& context, Producer& producer);
Status pause(CommandContext& context, Consumer& consumer);
Status resume(CommandContext& context, Consumer& consumer);
Status set_preferred_layers(CommandContext& context, Consumer& consumer);
Status set_priority(CommandContext& context, Consumer& consumer);
Status request_key_frame(CommandContext& context, Consumer& consumer);
Status enable_trace(CommandContext& context, Consumer& consumer);

// commands_data.cpp
Status produce_data(CommandContext& context, DirectTransport& transport);
Status consume_data(CommandContext& context, DirectTransport& transport);
Status pause(CommandContext& context, DataProducer& producer);
Status resume(CommandContext& context, DataProducer& producer);
Status pause(CommandContext& context, DataConsumer& consumer);
Status resume(CommandContext& context, DataConsumer& consumer);
Status set_subchannels(CommandContext& context, DataConsumer& consumer);
Status set_low_threshold(CommandContext& context, DataConsumer& consumer);

}  // namespace sluice::worker
