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
  CHECK(requester.request(at(500ms)));
}

TEST_CASE("key frame requester: requests leave half a second apart, and none is lost") {
  KeyFrameRequester requester;
  CHECK(requester.request(at(0ms)));
  requester.handle_key_frame();
  CHECK(!requester.request(at(100ms)));
  CHECK(!requester.request(at(200ms)));
  CHECK(!requester.force(at(300ms)));
  CHECK(requester.next_timeout() == at(500ms));
  CHECK(!requester.handle_timeout(at(499ms)));
  CHECK(requester.handle_timeout(at(500ms)));
  requester.handle_key_frame();
  CHECK(!requester.request(at(600ms)));
  requester.handle_key_frame();  // Which answers that.
  CHECK(!requester.handle_timeout(at(1000ms)));
}

TEST_CASE("key frame requester: two a second at most, however many ask and key frames come") {
  SeededRandom random(7);
  KeyFrameRequester requester;
  Instant last_sent = Instant::min();
  Instant asked = kNever;
  int sent = 0;
  for (int ms = 0; ms < 60'000; ++ms) {
    const Instant now = at(ms * 1ms);
    bool leaves = false;
    if (random.between(0, 9) == 0) {
      leaves = requester.request(now);
      if (asked == kNever) asked = now;
    }
    if (requester.next_timeout() <= now) leaves = requester.handle_timeout(now) || leaves;
    if (leaves) {
      if (sent++ != 0) CHECK(now - last_sent >= 500ms);
      last_sent = now;
      asked = kNever;
    }
    if (random.between(0, 19) == 0) {
      requester.handle_key_frame();
      asked = kNever;
    }
    if (asked != kNever) CHECK(now - asked <= 1000ms);
  }
  CHECK(sent > 100);
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
  CHECK(requester.force(at(510ms)));
  CHECK(requester.next_timeout() == at(1510ms));
}
