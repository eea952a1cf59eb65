// What main() of every bench does: it reads the options, lets the bench measure and print, and
// writes what `--json FILE` asks for.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <vector>

#include "worker/json/json.h"

namespace sluice::bench {

struct Option {
  std::string_view name;
  bool has_value;
  std::function<bool(const char* value)> take;  // False refuses the value.
};

inline Option flag(std::string_view name, std::function<void()> set) {
  return {name, false, [set = std::move(set)](const char*) {
            set();
            return true;
          }};
}

template <typename Number>
Option number(std::string_view name, Number* into) {
  return {name, true, [into](const char* value) {
            const int read = std::atoi(value);
            *into = static_cast<Number>(read);
            return read >= 1 && read <= 100'000;
          }};
}

// For JSON: a tenth of a nanosecond is less than any of them repeats.
inline double rounded(double value, int decimals = 1) {
  const double scale = std::pow(10, decimals);
  return std::round(value * scale) / scale;
}

inline bool parse(int count, char** arguments, const std::vector<Option>& options) {
  for (int i = 1; i < count; ++i) {
    bool taken = false;
    for (const Option& option : options) {
      if (option.name != arguments[i]) continue;
      if (option.has_value && ++i == count) return false;
      taken = option.take(arguments[i]);
      break;
    }
    if (!taken) return false;
  }
  return true;
}

inline bool write_file(const char* path, std::string_view text) {
  FILE* file = std::fopen(path, "w");
  if (!file) return false;
  std::fwrite(text.data(), 1, text.size(), file);
  return std::fclose(file) == 0;
}

// `run` measures, prints, and writes one JSON value. Returns the exit status.
inline int run_program(int count, char** arguments, const char* help, std::vector<Option> options,
                       const std::function<void(worker::JsonWriter& out)>& run) {
  const char* json_file = nullptr;
  options.push_back({"--json", true, [&](const char* value) {
                       json_file = value;
                       return true;
                     }});
  if (count == 2 && std::string_view(arguments[1]) == "--help") {
    std::fputs(help, stdout);
    return 0;
  }
  if (!parse(count, arguments, options)) {
    std::fputs(help, stderr);
    return 2;
  }
  worker::JsonWriter out;
  run(out);
  if (!json_file || write_file(json_file, out.text())) return 0;
  std::fprintf(stderr, "cannot write %s\n", json_file);
  return 1;
}

}  // namespace sluice::bench
