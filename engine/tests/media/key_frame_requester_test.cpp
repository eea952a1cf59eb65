#include "media/key_frame_requester.h"

#include <doctest/doctest.h>

#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using support::at;

TEST_CASE("key frame requester: many ask, one request leaves") {
  KeyFrameRequester requester;
  CHECK(requester.request(at(0ms)));
  CHECK(!requester.request(at(10ms)));
  CHECK(!requester.request(at(900ms)));
}

TEST_CASE("key frame requester: repeats once when no key frame comes") {
  KeyFrameRequester requester;
  CHECK(requester.request(at(0ms)));
  CHECK(requester.next_timeout() == at(1000ms));
  CHECK(requester.handle_timeout(at(1000ms)));
  CHECK(!requester.handle_timeout(at(2000ms)));
  CHECK(requester.next_timeout() == kNever);
  CHECK(requester.request(at(2500ms)));
}

TEST_CASE("key frame requester: a key frame ends the wait") {
  KeyFrameRequester requester;
  requester.request(at(0ms));
  requester.handle_key_frame();
  CHECK(requester.next_timeout() == kNever);
  CHECK(requester.request(at(100ms)));
}

TEST_CASE("key frame requester: with a delay, later requests wait for it to pass") {
  KeyFrameRequester requester(3000ms);
  CHECK(requester.request(at(0ms)));
  requester.handle_key_frame();
  CHECK(!requester.request(at(500ms)));
  CHECK(!requester.request(at(600ms)));
  CHECK(requester.handle_timeout(at(3000ms)));  // What was asked for meanwhile.
  requester.handle_key_frame();
  CHECK(!requester.handle_timeout(at(6000ms)));  // Nobody asked again.
  CHECK(requester.request(at(6001ms)));
}

TEST_CASE("key frame requester: force asks at once whatever is under way") {
  KeyFrameRequester requester(3000ms);
  CHECK(requester.request(at(0ms)));
  CHECK(requester.force(at(10ms)));
  CHECK(requester.next_timeout() == at(1010ms));
}
