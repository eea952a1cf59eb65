// SRTP and SRTCP as anybody can send them. The first byte chooses the profile (its two lowest bits)
// and whether there is room for all of the peer's SSRCs (the next); the rest is a list of steps,
// each a byte that says what, and its arguments:
//
//   0  an RTP packet, sealed by the peer (see make_rtp) and delivered
//   1  an RTCP packet likewise
//   2  the next sealed packet is changed: a count, then (offset, xor) pairs
//   3  the next sealed packet is cut to a size
//   4  a packet that was sealed before is delivered again
//   5  raw bytes: their size, then themselves; as RTP
//   6  the same as RTCP
//
// The key comes from the whole input, so that no packet of one input is valid in another.
// Whatever comes, both cipher back ends give the same verdict and the same bytes; what opens is
// what the peer sealed, and it opens once.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/random.h"
#include "input.h"
#include "srtp/srtp_inbound.h"
#include "srtp/srtp_outbound.h"

using namespace sluice;
using namespace sluice::srtp;
using fuzz::Input;
using fuzz::require;

namespace {

constexpr size_t kMaxSteps = 64;
// SSRCs of the peer, and for how many of them there is room: for all, or for some (bit 2).
constexpr uint8_t kSsrcs = 8;
constexpr size_t kFewStreams = 4;
constexpr size_t kMaxPacketBytes = 2048;
using Packet = std::vector<uint8_t>;

// Ends where a page ends that nobody may touch: the ciphers are in assembler that no sanitizer
// sees.
MutableBytes guarded(size_t size) {
  static uint8_t* const end = [] {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    void* mapped =
        mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(mapped != MAP_FAILED && kMaxPacketBytes <= page);
    require(mprotect(static_cast<uint8_t*>(mapped) + page, page, PROT_NONE) == 0);
    return static_cast<uint8_t*>(mapped) + page;
  }();
  return {end - size, size};
}

// What the peer sealed.
struct Sealed {
  Packet plain, wire;
  bool is_rtcp;
  bool opened = false;
};

class Session {
 public:
  Session(SrtpProfile profile, Bytes master, size_t max_streams)
      : profile_(profile),
        max_streams_(max_streams),
        outbound_(std::move(*SrtpOutbound::make(profile, master))) {
    outbound_.permit_reuse();
    for (const auto backend : {CipherBackend::evp, CipherBackend::ipsec_mb}) {
      auto inbound = SrtpInbound::make(profile, master, backend, max_streams);
      if (inbound) inbounds_.push_back(std::move(*inbound));  // Not every processor has both.
    }
  }

  void run(Input in) {
    for (size_t step = 0; step < kMaxSteps && !in.empty(); ++step) {
      switch (in.byte() % 7) {
        case 0:
          seal(make_rtp(in), false);
          break;
        case 1:
          seal(make_rtcp(in), true);
          break;
        case 2:
          changes_.clear();
          for (size_t left = in.byte() % 8 + size_t{1}; left > 0; --left) {
            const uint16_t offset = in.word();
            changes_.push_back({offset, in.byte()});
          }
          break;
        case 3:
          cut_ = in.word();
          break;
        case 4:
          if (const size_t which = in.byte(); which < sealed_.size()) {
            deliver(sealed_[which].wire, sealed_[which].is_rtcp);
          }
          break;
        default:
          deliver_raw(in);
      }
    }
  }

 private:
  struct Change {
    uint16_t offset;
    uint8_t bits;
  };

  // SSRC (one of 8), sequence number, CSRCs and extension, its words, payload size.
  static Packet make_rtp(Input& in) {
    const uint32_t ssrc = in.byte() % kSsrcs;
    const uint16_t sequence = in.word();
    const uint8_t shape = in.byte();
    const size_t words = shape & 0x10 ? in.byte() % 16u : 0;
    const size_t payload_bytes = in.word() % 1500u;
    Packet packet(12 + 4 * (shape & 15));
    packet[0] = static_cast<uint8_t>(0x80 | (shape & 0x1F));
    packet[1] = 96;
    store_u16(packet, 2, sequence);
    store_u32(packet, 8, ssrc);
    if (shape & 0x10) {
      packet.insert(packet.end(), {0xBE, 0xDE, 0, static_cast<uint8_t>(words)});
      packet.resize(packet.size() + 4 * words);
    }
    packet.resize(packet.size() + payload_bytes, static_cast<uint8_t>(sequence));
    return packet;
  }

  static Packet make_rtcp(Input& in) {
    const uint32_t ssrc = in.byte() % kSsrcs;
    Packet packet(8 + 4 * (in.byte() % 64u), 0x5A);
    packet[0] = 0x80;
    packet[1] = 200;
    store_u32(packet, 4, ssrc);
    return packet;
  }

  static size_t header_bytes(const Packet& packet) {
    const size_t csrcs_end = 12 + 4 * (packet[0] & size_t{15});
    return packet[0] & 0x10 ? csrcs_end + 4 + 4 * load_u16(packet, csrcs_end + 2) : csrcs_end;
  }

  void seal(const Packet& plain, bool is_rtcp) {
    Packet wire = plain;
    size_t size;
    if (is_rtcp) {
      wire.resize(plain.size() + kMaxRtcpOverhead);
      size = outbound_.protect_rtcp(wire, plain.size());
    } else {
      const size_t header = header_bytes(plain);
      wire.resize(plain.size() + kMaxRtpOverhead);
      size = outbound_.protect_rtp(wire, header, Bytes(plain).subspan(header));
    }
    if (size == 0) return;  // From before the start of its stream.
    wire.resize(size);
    sealed_.push_back({plain, wire, is_rtcp});

    for (const Change change : std::exchange(changes_, {})) {
      if (change.offset < wire.size()) wire[change.offset] ^= change.bits;
    }
    if (cut_) wire.resize(std::min<size_t>(wire.size(), *std::exchange(cut_, std::nullopt)));
    deliver(wire, is_rtcp);
  }

  void deliver_raw(Input& in) {
    const bool is_rtcp = in.byte() & 1;
    const Bytes bytes = in.take(in.word() % kMaxPacketBytes);
    deliver(Packet(bytes.begin(), bytes.end()), is_rtcp);
  }

  void deliver(const Packet& wire, bool is_rtcp) {
    const auto opened = open(inbounds_[0], wire, is_rtcp);
    for (size_t i = 1; i < inbounds_.size(); ++i) {
      require(open(inbounds_[i], wire, is_rtcp) == opened);
    }
    require(inbounds_[0].streams() <= 2 * max_streams_);
    if (!opened) return;
    const auto origin = std::find_if(sealed_.begin(), sealed_.end(), [&](const Sealed& each) {
      // A stream that made room is forgotten, and so is what came of it.
      return (!each.opened || max_streams_ < kSsrcs) && each.is_rtcp == is_rtcp &&
             each.wire == wire;
    });
    if (origin == sealed_.end()) {
      // A tag of 32 bits may be met by chance.
      require(profile_ == SrtpProfile::aes_cm_128_hmac_sha1_32 && !is_rtcp);
      return;
    }
    require(*opened == origin->plain);
    for (Sealed& each : sealed_) {
      if (each.wire == wire) each.opened = true;  // The same packet sealed twice has one number.
    }
  }

  static std::optional<Packet> open(SrtpInbound& inbound, const Packet& wire, bool is_rtcp) {
    const auto& counters = inbound.counters();
    const auto total = [&] {
      return counters.rtp_packets + counters.rtcp_packets + counters.malformed +
             counters.auth_failed + counters.replayed;
    };
    const uint64_t before = total();
    const MutableBytes bytes = guarded(wire.size());
    std::copy(wire.begin(), wire.end(), bytes.begin());
    const auto size = is_rtcp ? inbound.unprotect_rtcp(bytes) : inbound.unprotect_rtp(bytes);
    require(total() == before + 1);  // Each packet has one fate.
    if (!size) return std::nullopt;
    require(*size < wire.size());
    return Packet(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(*size));
  }

  SrtpProfile profile_;
  size_t max_streams_;
  SrtpOutbound outbound_;
  std::vector<SrtpInbound> inbounds_;
  std::vector<Sealed> sealed_;
  std::vector<Change> changes_;  // Of the next sealed packet.
  std::optional<size_t> cut_;
};

std::vector<uint8_t> make_master(SrtpProfile profile, Bytes input) {
  uint64_t hash = 0xCBF29CE484222325;  // FNV-1a.
  for (const uint8_t byte : input) hash = (hash ^ byte) * 0x100000001B3;
  SeededRandom random(hash);
  std::vector<uint8_t> master(master_bytes(profile));
  for (uint8_t& byte : master) byte = static_cast<uint8_t>(random.next());
  return master;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input in({data, size});
  const uint8_t mode = in.byte();
  const auto profile = kSrtpProfilesByPreference[mode & 3];
  Session session(profile, make_master(profile, {data, size}), mode & 4 ? kFewStreams : kSsrcs);
  session.run(in);
  return 0;
}
