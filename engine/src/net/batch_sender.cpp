#include "net/batch_sender.h"

#include <netinet/udp.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "net/socket_options.h"

namespace sluice::net {
namespace {

constexpr size_t kNoGroup = SIZE_MAX;

// The kernel cannot segment for this route or at all: no UDP_SEGMENT, a segment above the path's
// MTU, a device without checksums. One by one the datagrams may still go.
bool is_gso_refusal(int error) {
  return error == EINVAL || error == EIO || error == ENOPROTOOPT || error == EMSGSIZE ||
         error == EOPNOTSUPP;
}

}  // namespace

struct BatchSender::Scratch {
  struct alignas(cmsghdr) Control {
    uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
  };
  // What one message carries, and where the run stands once the kernel has taken it.
  struct Part {
    Cursor after;
    size_t segments = 0;
    size_t bytes = 0;
  };

  Scratch() {
    for (size_t i = 0; i < kMaxMessages; ++i) {
      headers[i] = {};
      headers[i].msg_hdr.msg_name = &addresses[i];
      headers[i].msg_hdr.msg_iov = &vectors[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
  }

  void set_segment_bytes(size_t message, uint16_t segment_bytes) {
    msghdr& header = headers[message].msg_hdr;
    controls[message] = {};
    header.msg_control = controls[message].bytes;
    header.msg_controllen = sizeof(controls[message].bytes);
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof(segment_bytes));
    std::memcpy(CMSG_DATA(control), &segment_bytes, sizeof(segment_bytes));
  }

  std::array<mmsghdr, kMaxMessages> headers;
  std::array<iovec, kMaxMessages> vectors;
  std::array<sockaddr_in6, kMaxMessages> addresses;
  std::array<Control, kMaxMessages> controls;
  std::array<Part, kMaxMessages> parts;
};

BatchSender::BatchSender(size_t capacity, size_t retained_bytes)
    : batch_(std::max(capacity, SendBatch::kMaxGroupBytes)),
      retained_(retained_bytes),
      scratch_(std::make_unique<Scratch>()) {}

BatchSender::~BatchSender() = default;

MutableBytes BatchSender::reserve(size_t max) {
  MutableBytes slot = batch_.reserve(max);
  if (slot.empty()) {
    flush();
    slot = batch_.reserve(max);
  }
  return slot;
}

void BatchSender::append(Bytes datagram, const Address& destination, SendSocket socket) {
  const MutableBytes slot = reserve(datagram.size());
  std::copy_n(datagram.begin(), slot.size(), slot.begin());
  commit(slot.size(), destination, socket);
}

void BatchSender::flush() {
  const Groups all = batch_.groups();
  for (size_t begin = 0; begin < all.size();) {
    const int fd = all[begin].socket.fd;
    size_t end = begin + 1;
    while (end < all.size() && all[end].socket.fd == fd) ++end;

    const Groups run = all.subspan(begin, end - begin);
    Cursor cursor;
    if (is_blocked(fd) || !send_run(batch_, run, &cursor)) {
      for (; cursor.group < run.size(); cursor = {cursor.group + 1, 0}) {
        retain(batch_, run[cursor.group], cursor.segment);
      }
      set_blocked(fd, true);
    }
    begin = end;
  }
  batch_.clear();
  clear_retained_if_done();
}

// Sends groups of one socket from `cursor` on. False when the socket is full: the cursor then
// stands where to go on.
bool BatchSender::send_run(const SendBatch& batch, Groups groups, Cursor* cursor) {
  size_t plain_group = kNoGroup;  // Its GSO message was refused: its datagrams go one by one.
  while (cursor->group < groups.size()) {
    const size_t messages = fill(batch, groups, *cursor, plain_group);
    ++counters_.calls;
    const int sent = sendmmsg(groups[cursor->group].socket.fd, scratch_->headers.data(),
                              static_cast<unsigned>(messages), MSG_NOSIGNAL);
    if (sent > 0) {
      count_sent(static_cast<size_t>(sent));
      *cursor = scratch_->parts[static_cast<size_t>(sent) - 1].after;
      continue;  // Had one been refused, the next call says why.
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return false;
    const Scratch::Part& refused = scratch_->parts[0];
    if (refused.segments > 1 && is_gso_refusal(errno)) {
      note_refused();
      plain_group = cursor->group;
      continue;
    }
    counters_.dropped_error += refused.segments;
    *cursor = refused.after;
  }
  return true;
}

// Makes messages of what stands behind the cursor; returns how many.
size_t BatchSender::fill(const SendBatch& batch, Groups groups, Cursor cursor, size_t plain_group) {
  const bool gso = gso_enabled_ && gso_rest_ == 0;
  size_t message = 0;
  for (; message < kMaxMessages && cursor.group < groups.size(); ++message) {
    const SendBatch::Group& group = groups[cursor.group];
    const bool whole = gso && cursor.group != plain_group;
    const size_t offset = cursor.segment * group.segment_bytes;
    const size_t segments = whole ? group.segments - cursor.segment : 1;
    const size_t bytes = std::min(segments * group.segment_bytes, group.bytes - offset);

    msghdr& header = scratch_->headers[message].msg_hdr;
    header.msg_namelen =
        to_sockaddr(group.destination, group.socket.is_ipv6, &scratch_->addresses[message]);
    const Bytes data = batch.bytes(group).subspan(offset, bytes);
    scratch_->vectors[message] = {const_cast<uint8_t*>(data.data()), data.size()};
    header.msg_control = nullptr;
    header.msg_controllen = 0;
    if (segments > 1) scratch_->set_segment_bytes(message, group.segment_bytes);

    cursor.segment += segments;
    if (cursor.segment == group.segments) cursor = {cursor.group + 1, 0};
    scratch_->parts[message] = {cursor, segments, bytes};
  }
  return message;
}

void BatchSender::count_sent(size_t messages) {
  for (size_t i = 0; i < messages; ++i) {
    const Scratch::Part& part = scratch_->parts[i];
    counters_.datagrams += part.segments;
    counters_.bytes += part.bytes;
    ++counters_.group_sizes[static_cast<size_t>(std::bit_width(part.segments - 1))];
    if (part.segments > 1) gso_failures_ = 0;
  }
  gso_rest_ -= static_cast<uint32_t>(std::min<size_t>(gso_rest_, messages));
}

void BatchSender::note_refused() {
  ++counters_.gso_refused;
  if (++gso_failures_ < kGsoMaxFailures) return;
  gso_failures_ = 0;
  gso_rest_ = kGsoRestDatagrams;
}

void BatchSender::retain(const SendBatch& batch, const SendBatch::Group& group,
                         size_t first_segment) {
  const Bytes bytes = batch.bytes(group);
  for (size_t i = first_segment; i < group.segments; ++i) {
    const size_t offset = i * group.segment_bytes;
    const size_t size = std::min<size_t>(group.segment_bytes, bytes.size() - offset);
    const MutableBytes slot = retained_.reserve(size);
    if (slot.empty()) {
      ++counters_.dropped_full;
      continue;
    }
    std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(offset), size, slot.begin());
    retained_.commit(size, group.destination, group.socket);
    retained_done_.resize(retained_.groups().size(), 0);
    ++retained_waiting_;
    ++counters_.retained;
  }
}

void BatchSender::handle_writable(int fd) {
  send_retained(fd);
  clear_retained_if_done();
}

void BatchSender::send_retained(int fd) {
  const Groups all = retained_.groups();
  for (size_t begin = 0; begin < all.size();) {
    if (all[begin].socket.fd != fd || retained_done_[begin] == all[begin].segments) {
      ++begin;
      continue;
    }
    size_t end = begin + 1;
    while (end < all.size() && all[end].socket.fd == fd) ++end;

    Cursor cursor{0, retained_done_[begin]};
    const bool finished = send_run(retained_, all.subspan(begin, end - begin), &cursor);
    for (size_t i = begin; i < end && i <= begin + cursor.group; ++i) {
      const size_t done = i < begin + cursor.group ? all[i].segments : cursor.segment;
      retained_waiting_ -= done - retained_done_[i];
      retained_done_[i] = static_cast<uint16_t>(done);
    }
    if (!finished) return;
    begin = end;
  }
  set_blocked(fd, false);
}

void BatchSender::forget(int fd) {
  flush();
  drop_retained(fd);
  set_blocked(fd, false);
  clear_retained_if_done();
}

void BatchSender::drop_retained(int fd) {
  const Groups all = retained_.groups();
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].socket.fd != fd) continue;
    const size_t waiting = all[i].segments - retained_done_[i];
    counters_.dropped_socket += waiting;
    retained_waiting_ -= waiting;
    retained_done_[i] = all[i].segments;
  }
}

void BatchSender::clear_retained_if_done() {
  if (retained_waiting_ != 0 || retained_.empty()) return;
  retained_.clear();
  retained_done_.clear();
}

bool BatchSender::is_blocked(int fd) const {
  return !blocked_.empty() && std::find(blocked_.begin(), blocked_.end(), fd) != blocked_.end();
}

void BatchSender::set_blocked(int fd, bool blocked) {
  if (blocked == is_blocked(fd)) return;
  if (blocked) {
    blocked_.push_back(fd);
  } else {
    std::erase(blocked_, fd);
  }
  ++blocked_version_;
}

}  // namespace sluice::net
