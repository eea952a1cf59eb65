// Dumps and statistics of producers and consumers, as mediasoup shows them; ids are numbers.
#pragma once

#include <optional>

#include "media/media_types.h"
#include "worker/json/json.h"

namespace sluice::worker {

// {spatialLayer, temporalLayer?}: the fields of an object; nothing for no layer.
void write_layer_fields(JsonWriter& out, const std::optional<media::VideoLayers>& layers);
media::VideoLayers read_layers(const Fields& fields);

}  // namespace sluice::worker
