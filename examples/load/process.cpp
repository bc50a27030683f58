#include "process.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>

namespace onerun::load {
namespace {

/// What the system says by that name; 0 if it says nothing.
std::uint64_t bytes_of(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == name && status >> word) return std::stoull(word) * 1024;
  }
  return 0;
}

}  // namespace

std::uint64_t resident_bytes() { return bytes_of("VmRSS:"); }

std::uint64_t peak_resident_bytes() { return bytes_of("VmHWM:"); }

bool forget_peak_resident() {
  constexpr char kForgetPeak = '5';
  std::ofstream refs("/proc/self/clear_refs");
  refs << kForgetPeak << std::flush;
  return refs.good();
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
