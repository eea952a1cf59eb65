// RTP parameters between JSON and the structures of media/.
#pragma once

#include "media/rtp_parameters.h"
#include "worker/json/json.h"

namespace sluice::worker {

// Mistakes go to the FieldErrors that `fields` carries.
media::RtpParameters read_rtp_parameters(const Fields& fields);
media::RtpMapping read_rtp_mapping(const Fields& fields);
media::RtpEncodingParameters read_encoding(const Fields& fields);

// Each writes the value after its key.
void write_rtp_parameters(JsonWriter& out, const media::RtpParameters& parameters);
void write_rtp_mapping(JsonWriter& out, const media::RtpMapping& mapping);
void write_encoding(JsonWriter& out, const media::RtpEncodingParameters& encoding);

}  // namespace sluice::worker
