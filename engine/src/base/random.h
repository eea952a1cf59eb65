// Random numbers as an input, so that a simulation with a seed replays bit by bit. Secrets (ICE
// passwords, keys) come from OpenSSL's generator through the same interface: see
// dtls/secure_random.h.
#pragma once

#include <cstdint>

namespace sluice {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t next() = 0;

  // Uniform in [low, high]; the bias is below 2^-32 for the ranges the engine uses.
  uint32_t between(uint32_t low, uint32_t high) {
    return low + static_cast<uint32_t>((next() >> 32) * (uint64_t{high} - low + 1) >> 32);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }  // [0, 1).
};

// SplitMix64 (Steele, Lea, Flood 2014): small, seedable, good enough for jitter and simulation.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() override {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }

 private:
  uint64_t state_;
};

}  // namespace sluice
