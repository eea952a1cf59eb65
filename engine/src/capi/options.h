// The options of sluice_worker_create(), from JSON. Errors name the field.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "worker/loop/engine_options.h"

namespace sluice::capi {

Result<worker::EngineOptions> parse_options(Bytes json);

}  // namespace sluice::capi
