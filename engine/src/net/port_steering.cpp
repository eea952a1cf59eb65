#include "net/port_steering.h"

#include <linux/bpf.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

namespace sluice::net {
namespace {

// The key of the map of addresses. IPv4 lies in the first four bytes, as in Address.
struct Key {
  std::array<uint8_t, 16> ip{};
  uint8_t port[2] = {};  // In network order.
  uint8_t padding[2] = {};
};
static_assert(sizeof(Key) == 20);

// The map of seats: by a character, or by this and the number of an owner.
constexpr uint32_t kOwnerSeats = 256;

long bpf(int command, bpf_attr& attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof(attributes));
}

uint64_t address_of(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

Fd make_map(uint32_t type, uint32_t key_bytes, uint32_t entries, uint32_t flags) {
  bpf_attr attributes{};
  attributes.map_type = type;
  attributes.key_size = key_bytes;
  attributes.value_size = sizeof(uint32_t);
  attributes.max_entries = entries;
  attributes.map_flags = flags;
  return Fd(static_cast<int>(bpf(BPF_MAP_CREATE, attributes)));
}

void update(const Fd& map, const void* key, uint32_t value) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<uint32_t>(map.get());
  attributes.key = address_of(key);
  attributes.value = address_of(&value);
  bpf(BPF_MAP_UPDATE_ELEM, attributes);
}

// Without the zone, which the program does not see: of two peers with one link-local address and
// port, one is steered wrong, and handed over.
Key key_of(const Address& remote) {
  Key key;
  key.ip = remote.ip;
  key.port[0] = static_cast<uint8_t>(remote.port >> 8);
  key.port[1] = static_cast<uint8_t>(remote.port);
  return key;
}

// ---- The program --------------------------------------------------------------------------------

// A jump goes to a label, which is resolved when all is written.
class Assembler {
 public:
  void emit(uint8_t code, uint8_t dst, uint8_t src, int16_t offset, int32_t value) {
    bpf_insn insn{};
    insn.code = code;
    insn.dst_reg = dst & 15;
    insn.src_reg = src & 15;
    insn.off = offset;
    insn.imm = value;
    code_.push_back(insn);
  }
  void move(uint8_t dst, uint8_t src) { emit(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0); }
  void set(uint8_t dst, int32_t value) { emit(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value); }
  void alu(uint8_t operation, uint8_t dst, int32_t value) {
    emit(static_cast<uint8_t>(BPF_ALU64 | operation | BPF_K), dst, 0, 0, value);
  }
  void load(uint8_t size, uint8_t dst, uint8_t src, int16_t offset) {
    emit(static_cast<uint8_t>(BPF_LDX | BPF_MEM | size), dst, src, offset, 0);
  }
  void store(uint8_t size, int16_t offset, int32_t value) {  // On the stack.
    emit(static_cast<uint8_t>(BPF_ST | BPF_MEM | size), BPF_REG_10, 0, offset, value);
  }
  void call(int32_t function) { emit(BPF_JMP | BPF_CALL, 0, 0, 0, function); }
  void jump_if(uint8_t condition, uint8_t dst, int32_t value, const char* label) {
    jumps_.push_back({code_.size(), label});
    emit(static_cast<uint8_t>(BPF_JMP | condition | BPF_K), dst, 0, 0, value);
  }
  void jump(const char* label) {
    jumps_.push_back({code_.size(), label});
    emit(BPF_JMP | BPF_JA, 0, 0, 0, 0);
  }
  void label(const char* name) { labels_.push_back({code_.size(), name}); }

  void stack_address(uint8_t dst, int32_t offset) {
    move(dst, BPF_REG_10);
    alu(BPF_ADD, dst, offset);
  }
  // r0 is the value's address, or 0. The key lies on the stack.
  void look_up(const Fd& map, int32_t key_offset) {
    emit(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map.get());
    emit(0, 0, 0, 0, 0);
    stack_address(BPF_REG_2, key_offset);
    call(BPF_FUNC_map_lookup_elem);
  }
  // From the network header on, onto the stack; the offset is in r2. r0 is 0 when all went well.
  void load_header(int32_t to, int32_t bytes) {
    move(BPF_REG_1, BPF_REG_6);
    stack_address(BPF_REG_3, to);
    set(BPF_REG_4, bytes);
    set(BPF_REG_5, BPF_HDR_START_NET);
    call(BPF_FUNC_skb_load_bytes_relative);
  }
  void leave() { emit(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

  const std::vector<bpf_insn>& finish() {
    for (const Mark& jump : jumps_) {
      for (const Mark& label : labels_) {
        if (label.name != jump.name) continue;
        code_[jump.at].off = static_cast<int16_t>(label.at - jump.at - 1);
      }
    }
    return code_;
  }

 private:
  struct Mark {
    size_t at;
    std::string_view name;
  };
  std::vector<bpf_insn> code_;
  std::vector<Mark> jumps_;
  std::vector<Mark> labels_;
};

constexpr int16_t kKeyAt = -24;  // On the stack.
constexpr int16_t kByteAt = -32;
constexpr int16_t kSeatAt = -28;
constexpr int16_t kPayloadAt = -64;

// RFC 8489, 5 and 14: a request, the cookie, USERNAME first.
constexpr uint16_t kBindingRequest = 0x0001;
constexpr uint32_t kMagicCookie = 0x2112A442;
constexpr uint16_t kUsername = 0x0006;
constexpr int16_t kCookieOffset = 4, kAttributeOffset = 20, kNameOffset = 24;

// In: r6, the datagram. Out: the key of its source on the stack; else at "stun".
void write_source(Assembler& a) {
  a.store(BPF_DW, kKeyAt, 0);
  a.store(BPF_DW, kKeyAt + 8, 0);
  a.store(BPF_W, kKeyAt + 16, 0);
  a.set(BPF_REG_2, 0);
  a.load_header(kByteAt, 1);
  a.jump_if(BPF_JNE, BPF_REG_0, 0, "stun");
  a.load(BPF_B, BPF_REG_7, BPF_REG_10, kByteAt);
  a.move(BPF_REG_8, BPF_REG_7);
  a.alu(BPF_RSH, BPF_REG_8, 4);
  a.jump_if(BPF_JNE, BPF_REG_8, 4, "ipv6");
  a.set(BPF_REG_2, 12);  // RFC 791, 3.1.
  a.load_header(kKeyAt, 4);
  a.alu(BPF_AND, BPF_REG_7, 15);
  a.alu(BPF_LSH, BPF_REG_7, 2);
  a.jump("port");
  a.label("ipv6");
  a.set(BPF_REG_2, 8);  // RFC 8200, 3. Behind extension headers the port is not found.
  a.load_header(kKeyAt, 16);
  a.set(BPF_REG_7, 40);
  a.label("port");
  a.jump_if(BPF_JNE, BPF_REG_0, 0, "stun");
  a.move(BPF_REG_2, BPF_REG_7);
  a.load_header(kKeyAt + 16, 2);
  a.jump_if(BPF_JNE, BPF_REG_0, 0, "stun");
}

Fd load_program(const Fd& addresses, const Fd& seats) {
  Assembler a;
  a.move(BPF_REG_6, BPF_REG_1);
  write_source(a);
  a.look_up(addresses, kKeyAt);
  a.jump_if(BPF_JEQ, BPF_REG_0, 0, "stun");
  a.load(BPF_W, BPF_REG_7, BPF_REG_0, 0);
  a.alu(BPF_ADD, BPF_REG_7, kOwnerSeats);
  a.jump("seat");

  a.label("stun");  // The datagram itself begins at 0.
  a.move(BPF_REG_1, BPF_REG_6);
  a.set(BPF_REG_2, 0);
  a.stack_address(BPF_REG_3, kPayloadAt);
  a.set(BPF_REG_4, kNameOffset + 1);
  a.call(BPF_FUNC_skb_load_bytes);
  a.jump_if(BPF_JNE, BPF_REG_0, 0, "hash");
  a.load(BPF_H, BPF_REG_7, BPF_REG_10, kPayloadAt);
  a.jump_if(BPF_JNE, BPF_REG_7, htons(kBindingRequest), "hash");
  a.load(BPF_W, BPF_REG_7, BPF_REG_10, kPayloadAt + kCookieOffset);
  a.jump_if(BPF_JNE, BPF_REG_7, static_cast<int32_t>(htonl(kMagicCookie)), "hash");
  a.load(BPF_H, BPF_REG_7, BPF_REG_10, kPayloadAt + kAttributeOffset);
  a.jump_if(BPF_JNE, BPF_REG_7, htons(kUsername), "hash");
  a.load(BPF_B, BPF_REG_7, BPF_REG_10, kPayloadAt + kNameOffset);

  a.label("seat");
  a.emit(BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_REG_7, kSeatAt, 0);
  a.look_up(seats, kSeatAt);
  a.jump_if(BPF_JEQ, BPF_REG_0, 0, "hash");
  a.load(BPF_W, BPF_REG_0, BPF_REG_0, 0);
  a.leave();
  a.label("hash");  // A place that does not exist: the kernel picks.
  a.set(BPF_REG_0, -1);
  a.leave();

  const auto& code = a.finish();
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attributes.insns = address_of(code.data());
  attributes.insn_cnt = static_cast<uint32_t>(code.size());
  attributes.license = address_of("MIT");
  return Fd(static_cast<int>(bpf(BPF_PROG_LOAD, attributes)));
}

}  // namespace

std::unique_ptr<PortSteering> PortSteering::create() {
  Fd addresses = make_map(BPF_MAP_TYPE_HASH, sizeof(Key), kAddressesMax, BPF_F_NO_PREALLOC);
  Fd seats = make_map(BPF_MAP_TYPE_ARRAY, sizeof(uint32_t), kOwnerSeats + kOwnersMax, 0);
  if (!addresses || !seats) return nullptr;
  for (uint32_t seat = 0; seat < kOwnerSeats + kOwnersMax; ++seat) update(seats, &seat, kNowhere);
  Fd program = load_program(addresses, seats);
  if (!program) return nullptr;
  return std::unique_ptr<PortSteering>(
      new PortSteering(std::move(addresses), std::move(seats), std::move(program)));
}

bool PortSteering::attach(int socket) {
  const int program = program_.get();
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &program, sizeof(program)) == 0;
}

void PortSteering::seat(uint8_t owner, char name, uint32_t place) {
  const uint32_t by_owner = kOwnerSeats + owner, by_name = static_cast<uint8_t>(name);
  update(seats_, &by_owner, place);
  update(seats_, &by_name, place);
}

void PortSteering::set(const Address& remote, uint8_t owner) {
  const Key key = key_of(remote);
  update(addresses_, &key, owner);
}

void PortSteering::remove(const Address& remote) {
  const Key key = key_of(remote);
  bpf_attr attributes{};
  attributes.map_fd = static_cast<uint32_t>(addresses_.get());
  attributes.key = address_of(&key);
  bpf(BPF_MAP_DELETE_ELEM, attributes);
}

}  // namespace sluice::net
