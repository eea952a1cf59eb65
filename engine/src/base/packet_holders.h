// Who keeps packets of a pool, so that a full pool takes packets back from whoever keeps most.
//
//   PacketPool ── PacketHolders ── a PacketShare per transport
//                                     └─ PacketHolders ── a history per received stream
//
// A transport's share counts what its streams keep together, so a peer gains nothing by spreading
// its packets over many streams.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

class PacketHolders;

// Keeps packets, and can give up the oldest. Belongs to one worker's thread.
class PacketHolder {
 public:
  PacketHolder() = default;
  PacketHolder(const PacketHolder&) = delete;
  PacketHolder& operator=(const PacketHolder&) = delete;

  // Becomes one of `holders` and leaves those that it belonged to; nullptr: of none.
  void join(PacketHolders* holders);
  // Gives up some of its oldest packets: at least one, if it keeps any.
  virtual void release_oldest() = 0;
  size_t packets_kept() const { return kept_; }

 protected:
  ~PacketHolder() { join(nullptr); }
  void note_kept(uint32_t packets = 1);
  void note_released(uint32_t packets = 1);

 private:
  friend class PacketHolders;

  PacketHolders* holders_ = nullptr;
  PacketHolder* next_ = nullptr;
  PacketHolder* previous_ = nullptr;
  uint32_t kept_ = 0;
  uint8_t level_ = 0;  // Which list it is in: at least the bit width of kept_.
};

// Lists of holders by the bit width of what they keep. A holder that grows moves up at once. One
// that shrinks moves down when somebody looks for the largest, so that releasing costs a decrement.
class PacketHolders {
 public:
  // `whole` counts what the members keep together; nullptr: nobody does.
  explicit PacketHolders(PacketHolder* whole = nullptr) : whole_(whole) {}
  PacketHolders(const PacketHolders&) = delete;
  PacketHolders& operator=(const PacketHolders&) = delete;
  ~PacketHolders();  // Its members belong to none from then on.

  // One that keeps more than half as many packets as any other; nullptr when none keeps any.
  PacketHolder* largest();

 private:
  friend class PacketHolder;
  static constexpr uint8_t kLevels = 24;

  static uint8_t level_of(const PacketHolder& holder);
  void link(PacketHolder& holder, uint8_t level);
  void unlink(PacketHolder& holder);

  PacketHolder* const whole_;
  std::array<PacketHolder*, kLevels> levels_{};
};

// What the streams of one transport keep.
class PacketShare final : public PacketHolder {
 public:
  void release_oldest() override {
    if (PacketHolder* holder = streams_.largest()) holder->release_oldest();
  }
  PacketHolders& streams() { return streams_; }

 private:
  PacketHolders streams_{this};
};

}  // namespace sluice
