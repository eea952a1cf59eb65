// Commands of the C interface, run by a real worker. An input is a list of lines
//
//   <method, hexadecimal> <target> <request>
//
// where the target is a decimal id, or @n for the n-th id (of objects and of links) that this
// input's commands have answered.
// In the request, $n stands for such an id too. Method 0 makes a worker more, with the request as
// its options, and frees it. Every answer and every event must be JSON.
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice.h"
#include "worker/json/json.h"

namespace {

constexpr size_t kMaxLines = 32;
constexpr uint32_t kAnswerBytes = 1 << 18;
constexpr std::string_view kOptions = R"({"logLevel":"debug","ringBytes":65536})";

void require(bool holds) {
  if (!holds) std::abort();
}

const uint8_t* data_of(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// Commands open sockets and name addresses: where the system allows it, they reach only this
// process.
void leave_the_network() {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return;
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq loopback{};
  strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP;
  ioctl(fd, SIOCSIFFLAGS, &loopback);
  close(fd);
}

bool is_json(std::string_view text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  return !document.HasParseError();
}

class Session {
 public:
  Session() : answer_(kAnswerBytes) {
    const int32_t created =
        sluice_worker_create(data_of(kOptions), kOptions.size(), answer_.data(), kAnswerBytes);
    require(created > 0);
    worker_ = static_cast<uint32_t>(created);
    ring_ = static_cast<uint8_t*>(sluice_ring_memory(worker_));
    ring_bytes_ = static_cast<uint32_t>(sluice_ring_bytes(worker_));
  }
  ~Session() { sluice_worker_free(worker_); }

  void run(std::string_view input) {
    for (size_t line = 0; line < kMaxLines && !input.empty(); ++line) {
      const size_t end = std::min(input.find('\n'), input.size());
      run_line(input.substr(0, end));
      input.remove_prefix(std::min(end + 1, input.size()));
    }
    close_all();
  }

 private:
  static std::string_view take_word(std::string_view& line) {
    const size_t end = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
  }

  static uint32_t number(std::string_view text, int base) {
    uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
  }

  uint32_t answered_id(std::string_view index) const {
    const uint32_t n = number(index, 10);
    return n < ids_.size() ? ids_[n] : 0;
  }

  std::string with_ids(std::string_view request) const {
    std::string text;
    for (size_t i = 0; i < request.size(); ++i) {
      if (request[i] == '$' && i + 1 < request.size() && isdigit(request[i + 1])) {
        text += std::to_string(answered_id(request.substr(i + 1, 1)));
        ++i;
      } else {
        text += request[i];
      }
    }
    return text;
  }

  void run_line(std::string_view line) {
    const uint32_t method = number(take_word(line), 16);
    const auto target = take_word(line);
    if (method == 0) return create_worker(line);
    call(method, target.starts_with('@') ? answered_id(target.substr(1)) : number(target, 10),
         with_ids(line));
  }

  void create_worker(std::string_view options) {
    const int32_t created = sluice_worker_create(
        data_of(options), static_cast<uint32_t>(options.size()), answer_.data(), kAnswerBytes);
    require(created != 0);
    if (created > 0) {
      require(sluice_worker_free(static_cast<uint32_t>(created)) == SLUICE_OK);
    } else {
      require(answer_[0] != 0 && memchr(answer_.data(), 0, kAnswerBytes) != nullptr);
    }
  }

  void call(uint32_t method, uint32_t target, std::string_view request) {
    int32_t status =
        sluice_call(worker_, method, target, data_of(request),
                    static_cast<uint32_t>(request.size()), answer_.data(), kAnswerBytes);
    if (status == SLUICE_ERR_BUFFER) {
      std::vector<uint8_t> large(load_size());
      status = sluice_worker_answer(worker_, large.data(), static_cast<uint32_t>(large.size()));
      require(status == static_cast<int32_t>(large.size()));
      require(is_json({reinterpret_cast<char*>(large.data()), large.size()}));
    } else if (status > 0) {
      const std::string_view text(reinterpret_cast<char*>(answer_.data()),
                                  static_cast<size_t>(status));
      require(is_json(text));
      remember_id(text);
    } else if (status < 0) {
      // The worker lives, and an answer that does not fit was handled above.
      require(status >= SLUICE_ERR_TAKEN && status != SLUICE_ERR_BUFFER &&
              status != SLUICE_ERR_CLOSED);
      require(answer_[0] != 0 && memchr(answer_.data(), 0, kAnswerBytes) != nullptr);
    }
    read_events();
  }

  uint32_t load_size() const {
    return answer_[0] | answer_[1] << 8 | answer_[2] << 16 | uint32_t{answer_[3]} << 24;
  }

  void remember_id(std::string_view json) {
    rapidjson::Document document;
    document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
    if (!document.IsObject()) return;
    for (const char* name : {"id", "linkId"}) {
      if (!document.HasMember(name) || !document[name].IsUint()) continue;
      ids_.push_back(document[name].GetUint());
    }
  }

  void read_events() {
    const std::atomic_ref head(*reinterpret_cast<uint32_t*>(ring_));
    const std::atomic_ref tail(*reinterpret_cast<uint32_t*>(ring_ + 64));
    uint32_t at = tail.load();
    while (at != head.load()) {
      const uint8_t* record = ring_ + SLUICE_RING_CONTROL_BYTES + (at & (ring_bytes_ - 1));
      uint32_t header[4];
      memcpy(header, record, sizeof(header));
      require(header[1] != SLUICE_EVENT_WORKER_DIED);
      require(header[3] <= header[0] - sizeof(header));
      require(is_json({reinterpret_cast<const char*>(record) + sizeof(header), header[3]}));
      at += header[0];
      tail.store(at);
    }
  }

  // Routers and servers take all that is theirs with them.
  void close_all() {
    for (const uint32_t id : ids_) {
      call(SLUICE_ROUTER_CLOSE, id, {});
      call(SLUICE_WEBRTC_SERVER_CLOSE, id, {});
    }
    ids_.clear();
    call(SLUICE_WORKER_DUMP, 0, {});
  }

  std::vector<uint8_t> answer_;
  uint32_t worker_ = 0;
  uint8_t* ring_ = nullptr;
  uint32_t ring_bytes_ = 0;
  std::vector<uint32_t> ids_;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  leave_the_network();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A new worker makes a certificate: too slow for each input.
  static std::optional<Session> session;
  if (!session) session.emplace();
  session->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
