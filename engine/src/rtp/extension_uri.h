// The URIs of the header extensions, as SDP and mediasoup's capabilities name them.
#pragma once

#include <optional>
#include <string_view>

#include "rtp/rtp_view.h"

namespace sluice::rtp {

std::string_view extension_uri(ExtensionKind kind);
// nullopt for a URI the engine does not know: such an extension is not forwarded.
std::optional<ExtensionKind> extension_kind(std::string_view uri);

}  // namespace sluice::rtp
