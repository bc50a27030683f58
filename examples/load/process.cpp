#include "process.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace onerun::load {

std::uint64_t resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:" && status >> word) return std::stoull(word) * 1024;
  }
  return 0;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Status system_error(const std::string& what) {
  return Status(StatusCode::kUnavailable, what + ": " + std::generic_category().message(errno));
}

}  // namespace onerun::load
