// RFC 4571 framing, both ways, in pieces of every size.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "net/frame_queue.h"
#include "net/frame_reader.h"

using namespace sluice;
using namespace sluice::net;

namespace {

using Wire = std::vector<uint8_t>;

// Feeds in pieces of `piece` bytes; returns the frames in order.
std::vector<Wire> read_all(FrameReader& reader, Bytes stream, size_t piece) {
  std::vector<Wire> frames;
  while (!stream.empty()) {
    const MutableBytes room = reader.writable();
    REQUIRE_FALSE(room.empty());
    const size_t size = std::min({piece, stream.size(), room.size()});
    std::copy_n(stream.begin(), size, room.begin());
    reader.written(size);
    stream = stream.subspan(size);
    while (const auto frame = reader.next()) frames.emplace_back(frame->begin(), frame->end());
  }
  return frames;
}

Wire read_queue(FrameQueue& queue, size_t bytes) {
  Wire out;
  for (const Bytes piece : queue.readable()) {
    const size_t size = std::min(piece.size(), bytes - out.size());
    out.insert(out.end(), piece.begin(), piece.begin() + static_cast<ptrdiff_t>(size));
  }
  queue.consumed(out.size());
  return out;
}

Wire framed(const std::vector<Wire>& frames) {
  Wire stream;
  for (const Wire& frame : frames) {
    stream.push_back(static_cast<uint8_t>(frame.size() >> 8));
    stream.push_back(static_cast<uint8_t>(frame.size()));
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  return stream;
}

}  // namespace

TEST_CASE("frame reader: frames come out whole, whatever the pieces") {
  const std::vector<Wire> frames = {{1}, {2, 3}, Wire(100, 4), Wire(99, 5), {6}};
  const Wire stream = framed(frames);
  for (size_t piece = 1; piece <= stream.size(); ++piece) {
    FrameReader reader(100, 102);  // The smallest buffer there can be.
    CHECK(read_all(reader, stream, piece) == frames);
    CHECK(reader.take_oversized() == 0);
  }
}

TEST_CASE("frame reader: empty frames are passed over") {
  FrameReader reader(10);
  CHECK(read_all(reader, Wire{0, 0, 0, 0, 0, 1, 9, 0, 0}, 100) == std::vector<Wire>{{9}});
}

TEST_CASE("frame reader: an oversized frame is skipped, and the stream stays in step") {
  const Wire stream = framed({{1}, Wire(101, 2), Wire(65535, 3), {4}});
  for (const size_t piece : {1, 2, 3, 100, 1000, 70000}) {
    FrameReader reader(100);
    CHECK(read_all(reader, stream, piece) == std::vector<Wire>{{1}, {4}});
    CHECK(reader.take_oversized() == 2);
  }
}

TEST_CASE("frame reader: half a frame waits") {
  FrameReader reader(100);
  CHECK(read_all(reader, Wire{0, 3, 1, 2}, 100).empty());
  CHECK(read_all(reader, Wire{3}, 100) == std::vector<Wire>{{1, 2, 3}});
}

TEST_CASE("frame queue: what goes in comes out framed, in any pieces") {
  for (size_t piece = 1; piece <= 12; ++piece) {
    FrameQueue queue(64);
    Wire out;
    const auto read = [&] {
      const Wire got = read_queue(queue, piece);
      out.insert(out.end(), got.begin(), got.end());
    };
    std::vector<Wire> pushed;
    for (uint8_t i = 0; i < 100; ++i) {
      const Wire frame(i % 9, i);
      if (queue.push(frame)) pushed.push_back(frame);
      read();
    }
    while (!queue.empty()) read();
    CHECK(out == framed(pushed));
    CHECK(pushed.size() + queue.dropped() == 100);
  }
}

TEST_CASE("frame queue: without room a frame is dropped whole, and counted") {
  FrameQueue queue(10);
  CHECK(queue.push(Wire(4, 1)));
  CHECK_FALSE(queue.push(Wire(3, 2)));
  CHECK(queue.push(Wire(2, 3)));
  CHECK(queue.size() == 10);
  CHECK(queue.dropped() == 1);
  CHECK(read_queue(queue, 100) == framed({Wire(4, 1), Wire(2, 3)}));
  CHECK(queue.push(Wire(8, 4)));
  CHECK_FALSE(queue.push(Wire(65536, 5)));
}

TEST_CASE("frame queue: grows with its content, even when wrapped") {
  FrameQueue queue(100'000);
  Wire out;
  std::vector<Wire> pushed;
  SeededRandom random(1);
  for (int i = 0; i < 2000; ++i) {
    pushed.emplace_back(random.between(0, 300), static_cast<uint8_t>(i));
    REQUIRE(queue.push(pushed.back()));
    const Wire got = read_queue(queue, random.between(0, 250));
    out.insert(out.end(), got.begin(), got.end());
  }
  const Wire rest = read_queue(queue, 200'000);
  out.insert(out.end(), rest.begin(), rest.end());
  CHECK(queue.empty());
  CHECK(out == framed(pushed));
}
