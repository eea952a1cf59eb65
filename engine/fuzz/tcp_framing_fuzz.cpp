// RFC 4571 framing: the first byte chooses how the rest is cut into pieces. However it is cut, the
// frames are the same, and what the queue frames the reader reads.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "net/frame_queue.h"
#include "net/frame_reader.h"

using namespace sluice;
using namespace sluice::net;

namespace {

constexpr size_t kMaxFrame = 300;
using Frames = std::vector<std::vector<uint8_t>>;

void require(bool holds) {
  if (!holds) std::abort();
}

Frames read_in_pieces(Bytes stream, size_t piece) {
  FrameReader reader(kMaxFrame, kMaxFrame + 2);
  Frames frames;
  while (!stream.empty()) {
    const MutableBytes room = reader.writable();
    require(!room.empty());
    const size_t size = std::min({piece, stream.size(), room.size()});
    std::copy_n(stream.begin(), size, room.begin());
    reader.written(size);
    stream = stream.subspan(size);
    while (const auto frame = reader.next()) {
      require(!frame->empty() && frame->size() <= kMaxFrame);
      frames.emplace_back(frame->begin(), frame->end());
    }
  }
  return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes stream = Bytes(data, size).subspan(1);
  const Frames frames = read_in_pieces(stream, data[0] + size_t{1});
  require(frames == read_in_pieces(stream, stream.size() + 1));

  FrameQueue queue(1000);
  std::vector<uint8_t> framed;
  Frames pushed;
  for (const auto& frame : frames) {
    if (queue.push(frame)) pushed.push_back(frame);
    if (queue.size() < data[0] * size_t{4}) continue;
    for (const Bytes piece : queue.readable())
      framed.insert(framed.end(), piece.begin(), piece.end());
    queue.consumed(queue.size());
  }
  for (const Bytes piece : queue.readable())
    framed.insert(framed.end(), piece.begin(), piece.end());
  require(read_in_pieces(framed, framed.size() + 1) == pushed);
  return 0;
}
