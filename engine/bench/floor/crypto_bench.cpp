// ns per packet of copying, protecting and opening, for each profile and cipher back end, with
// libsrtp2 beside them.
#include <cstring>
#include <memory>

#include "base/random.h"
#include "bench.h"
#include "libsrtp_sender.h"
#include "srtp/srtp_inbound.h"
#include "srtp/srtp_outbound.h"

namespace sluice::bench {
namespace {

using srtp::CipherBackend;
using srtp::SrtpInbound;
using srtp::SrtpOutbound;
using srtp::SrtpProfile;

constexpr size_t kContexts = 100;  // As many peers: their keys do not all stay in the first cache.
constexpr size_t kPackets = 20'000;
constexpr size_t kHeader = 12;
constexpr size_t kSlot = 1536;

std::vector<uint8_t> master_for(SrtpProfile profile, uint64_t seed) {
  SeededRandom random(seed);
  std::vector<uint8_t> master(srtp::master_bytes(profile));
  for (uint8_t& byte : master) byte = static_cast<uint8_t>(random.next());
  return master;
}

// The packet as received, the slots to send from, and the packets' numbers.
struct Work {
  explicit Work(size_t packet_bytes) : received(packet_bytes, 0x5A), slots(kSlot * 64) {
    received[0] = 0x80;
    received[1] = 96;
  }
  Bytes payload() const { return Bytes(received).subspan(kHeader); }
  MutableBytes slot(size_t i) { return MutableBytes(slots).subspan(i % 64 * kSlot, kSlot); }
  void write_header(MutableBytes slot, size_t i) {
    std::memcpy(slot.data(), received.data(), kHeader);
    store_u16(slot, 2, sequence_of(i));
    store_u32(slot, 8, 1234);
  }
  uint16_t sequence_of(size_t i) const { return static_cast<uint16_t>(first + i / kContexts); }

  std::vector<uint8_t> received;
  std::vector<uint8_t> slots;
  size_t first = 1;
};

template <typename Body>
double time_packets(Body&& body) {
  const double start = thread_cpu_ns();
  for (size_t i = 0; i < kPackets; ++i) {
    if (!body(i)) return -1;
  }
  return (thread_cpu_ns() - start) / kPackets;
}

Variant copy_variant(size_t bytes) {
  auto work = std::make_shared<Work>(bytes);
  return {"copy + header rewrite", bytes, 0, [work] {
            return time_packets([&](size_t i) {
              MutableBytes slot = work->slot(i);
              work->write_header(slot, i);
              std::memcpy(slot.data() + kHeader, work->payload().data(), work->payload().size());
              asm volatile("" : : "r"(slot.data()) : "memory");  // The copy must happen.
              return true;
            });
          }};
}

Variant protect_variant(SrtpProfile profile, CipherBackend backend, const std::string& name,
                        size_t bytes) {
  auto work = std::make_shared<Work>(bytes);
  auto contexts = std::make_shared<std::vector<SrtpOutbound>>();
  for (size_t i = 0; i < kContexts; ++i) {
    auto made = SrtpOutbound::make(profile, master_for(profile, i), backend);
    if (made) contexts->push_back(std::move(*made));
  }
  return {name, bytes, 0, [work, contexts] {
            if (contexts->size() < kContexts) return -1.0;
            const double ns = time_packets([&](size_t i) {
              MutableBytes slot = work->slot(i);
              work->write_header(slot, i);
              return (*contexts)[i % kContexts].protect_rtp(slot, kHeader, work->payload()) != 0;
            });
            work->first += kPackets / kContexts;
            return ns;
          }};
}

Variant libsrtp_variant(SrtpProfile profile, const std::string& name, size_t bytes) {
  auto work = std::make_shared<Work>(bytes);
  auto contexts = std::make_shared<std::vector<std::unique_ptr<LibsrtpSender>>>();
  for (size_t i = 0; i < kContexts; ++i) {
    contexts->push_back(std::make_unique<LibsrtpSender>(profile, master_for(profile, i)));
  }
  return {name, bytes, 0, [work, contexts] {
            const double ns = time_packets([&](size_t i) {
              MutableBytes slot = work->slot(i);
              work->write_header(slot, i);
              std::memcpy(slot.data() + kHeader, work->payload().data(), work->payload().size());
              return (*contexts)[i % kContexts]->protect(slot.data(), work->received.size()) != 0;
            });
            work->first += kPackets / kContexts;
            return ns;
          }};
}

Variant open_variant(SrtpProfile profile, CipherBackend backend, const std::string& name,
                     size_t bytes) {
  auto packets = std::make_shared<std::vector<std::vector<uint8_t>>>();
  Work work(bytes);
  std::vector<SrtpOutbound> senders;
  for (size_t i = 0; i < kContexts; ++i) {
    senders.push_back(std::move(*SrtpOutbound::make(profile, master_for(profile, i))));
  }
  for (size_t i = 0; i < kPackets; ++i) {
    std::vector<uint8_t> slot(kSlot);
    work.write_header(slot, i);
    slot.resize(senders[i % kContexts].protect_rtp(slot, kHeader, work.payload()));
    packets->push_back(std::move(slot));
  }
  return {name, bytes, 0, [=] {
            std::vector<SrtpInbound> contexts;
            for (size_t i = 0; i < kContexts; ++i) {
              auto made = SrtpInbound::make(profile, master_for(profile, i), backend);
              if (!made) return -1.0;
              contexts.push_back(std::move(*made));
            }
            auto received = *packets;
            return time_packets(
                [&](size_t i) { return contexts[i % kContexts].unprotect_rtp(received[i]) > 0u; });
          }};
}

}  // namespace

std::vector<Variant> crypto_variants() {
  std::vector<Variant> variants;
  for (const size_t bytes : {1200, 100}) {
    variants.push_back(copy_variant(bytes));
    for (const SrtpProfile profile : srtp::kSrtpProfilesByPreference) {
      const std::string suite(srtp::suite_name(profile));
      if (srtp::backend_available(CipherBackend::ipsec_mb)) {
        const auto backend = CipherBackend::ipsec_mb;
        variants.push_back(
            protect_variant(profile, backend, "protect " + suite + " ipsec-mb", bytes));
        variants.push_back(open_variant(profile, backend, "open    " + suite + " ipsec-mb", bytes));
      }
      const auto backend = CipherBackend::evp;
      variants.push_back(protect_variant(profile, backend, "protect " + suite + " openssl", bytes));
      variants.push_back(open_variant(profile, backend, "open    " + suite + " openssl", bytes));
      variants.push_back(libsrtp_variant(profile, "protect " + suite + " libsrtp2", bytes));
    }
  }
  return variants;
}

}  // namespace sluice::bench
