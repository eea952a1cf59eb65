// RTP as it comes out of SRTP: parsed, every extension value read, written anew by list and by
// plan, and parsed again: what was read must come back.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "rtp/extension_values.h"
#include "rtp/packet_class.h"
#include "rtp/rtp_view.h"
#include "rtp/rtp_writer.h"
#include "rtp/rtx.h"

using namespace sluice;
using namespace sluice::rtp;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool same(Bytes a, Bytes b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

ExtensionIds known_ids() {
  ExtensionIds ids;
  for (size_t i = 0; i < kExtensionKinds; ++i) {
    // One of them can only stand in the two-byte form.
    ids.set(static_cast<ExtensionKind>(i),
            static_cast<uint8_t>(i + 1 == kExtensionKinds ? 200 : i + 1));
  }
  return ids;
}

void read_values(const RtpView& view) {
  parse_mid(view.extension(ExtensionKind::mid));
  parse_rid(view.extension(ExtensionKind::rid));
  parse_rid(view.extension(ExtensionKind::rrid));
  parse_abs_send_time(view.extension(ExtensionKind::abs_send_time));
  parse_transport_cc(view.extension(ExtensionKind::transport_cc));
  if (const auto level = parse_audio_level(view.extension(ExtensionKind::audio_level))) {
    std::array<uint8_t, kAudioLevelBytes> room{};
    write_audio_level(room, *level);
    require(room[0] == view.extension(ExtensionKind::audio_level)[0]);
  }
  parse_video_orientation(view.extension(ExtensionKind::video_orientation));
  parse_time_offset(view.extension(ExtensionKind::time_offset));
  const Bytes capture = view.extension(ExtensionKind::abs_capture_time);
  if (const auto time = parse_abs_capture_time(capture)) {
    std::array<uint8_t, kAbsCaptureTimeBytes> room{};
    require(write_abs_capture_time(room, *time) == capture.size());
    require(same(Bytes(room).first(capture.size()), capture));
  }
  const Bytes playout = view.extension(ExtensionKind::playout_delay);
  if (const auto delay = parse_playout_delay(playout)) {
    std::array<uint8_t, kPlayoutDelayBytes> room{};
    write_playout_delay(room, *delay);
    require(same(room, playout));
  }
  parse_packet_id(view.extension(ExtensionKind::packet_id));
}

void require_same(const RtpView& a, const RtpView& b) {
  require(a.marker() == b.marker());
  require(a.payload_type() == b.payload_type());
  require(a.sequence() == b.sequence());
  require(a.timestamp() == b.timestamp());
  require(a.ssrc() == b.ssrc());
  require(a.padding_bytes() == b.padding_bytes());
  require(same(a.payload(), b.payload()));
  require(same(a.csrcs(), b.csrcs()));
  for (size_t i = 0; i < kExtensionKinds; ++i) {
    const auto kind = static_cast<ExtensionKind>(i);
    require(a.has(kind) == b.has(kind));
    require(same(a.extension(kind), b.extension(kind)));
  }
}

void write_anew(const RtpView& view, const ExtensionIds& ids) {
  const HeaderFields fields = {.ssrc = view.ssrc(),
                               .timestamp = view.timestamp(),
                               .sequence = view.sequence(),
                               .payload_type = view.payload_type(),
                               .marker = view.marker(),
                               .padding = view.padding_bytes() != 0,
                               .csrcs = view.csrcs()};
  std::array<ExtensionItem, kExtensionKinds> items;
  size_t items_size = 0;
  HeaderPlan plan;
  for (size_t i = 0; i < kExtensionKinds; ++i) {
    const auto kind = static_cast<ExtensionKind>(i);
    require(plan.copy(kind, ids.id(kind)));
    if (view.has(kind)) items[items_size++] = {ids.id(kind), view.extension(kind)};
  }
  std::array<uint8_t, 0x20000> slot;
  const auto finish = [&](size_t size) {
    require(size >= kFixedHeaderBytes && size % 4 == 0);
    std::copy(view.payload().begin(), view.payload().end(),
              slot.begin() + static_cast<std::ptrdiff_t>(size));
    size += view.payload().size();
    if (view.padding_bytes() != 0) {
      require(write_padding(MutableBytes(slot).subspan(size), view.padding_bytes()));
      size += view.padding_bytes();
    }
    // A padded value may make the packet longer than the parser takes.
    const auto again = RtpView::parse(Bytes(slot).first(size), ids);
    require(again.has_value() || size > 0xFFFF);
    if (again) require_same(view, *again);
  };
  finish(write_header(slot, fields, std::span(items).first(items_size)));
  finish(plan.write(slot, fields, view).bytes);

  // However small the slot, nothing is written beyond it.
  std::array<uint8_t, 64> small;
  for (size_t size = 0; size <= small.size(); ++size) {
    require(plan.write(MutableBytes(small).first(size), fields, view).bytes <= size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes wire(data, size);
  classify(wire);
  const ExtensionIds ids = known_ids();
  const auto view = RtpView::parse(wire, ids);
  if (!view) return 0;
  require(view->payload().size() + view->padding_bytes() + kFixedHeaderBytes <= size);
  read_values(*view);
  write_anew(*view, ids);
  if (const auto original = unwrap_rtx(*view, 1, 96)) {
    require(original->payload().size() + kRtxOsnBytes == view->payload().size());
    std::array<uint8_t, 0x10000> room;
    const size_t packed = pack_rtx(room, original->sequence(), original->payload());
    require(same(Bytes(room).first(packed), view->payload()));
  }
  return 0;
}
