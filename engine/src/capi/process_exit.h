// What the library does to the process: once, before the first worker.
#pragma once

namespace sluice::capi {

// Any thread, any number of times.
void prepare_process();

}  // namespace sluice::capi
