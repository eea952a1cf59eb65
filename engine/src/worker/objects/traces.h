// Trace events of producers and consumers, as mediasoup shows them.
#pragma once

#include "media/trace.h"
#include "worker/loop/core.h"

namespace sluice::worker {

// Writes what has gathered; costs a comparison when nothing has.
void report_traces(Core& core, sluice_event event, ObjectId id, media::TraceQueue& traces);

// "rtp", "keyframe", ...: names that `allowed` has; a mistake names the field.
media::TraceTypes read_trace_types(const Fields& request, media::TraceTypes allowed);
void write_trace_types(JsonWriter& out, media::TraceTypes types);

}  // namespace sluice::worker
