#include "bench/rows/machine.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <malloc.h>

#include <array>
#include <string>
#include <thread>

#include "process.hpp"
#include "temporary_directory.hpp"

// Of jemalloc, if the program is linked with it.
extern "C" int mallctl(const char* name, void* old_value, size_t* old_bytes, void* new_value,
                       size_t new_bytes) __attribute__((weak));

namespace onerun::bench {
namespace {

using Steady = std::chrono::steady_clock;

}  // namespace

std::uint64_t resident_bytes_in_use() {
  ::malloc_trim(0);
  if (mallctl != nullptr) mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);  // all of them
  return load::resident_bytes();
}

void wait_until_at_rest(std::chrono::seconds longest) {
  constexpr double kNextToNothing = 0.05;  // of a core
  const auto give_up = Steady::now() + longest;
  while (Steady::now() < give_up) {
    const double before = load::cpu_seconds();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    if (load::cpu_seconds() - before < kNextToNothing) return;
  }
}

Status time_fdatasync(const std::filesystem::path& parent, std::uint64_t times,
                      load::LatencyHistogram& took) {
  const auto directory = load::TemporaryDirectory::make(parent);
  if (!directory.ok()) return directory.status();
  const std::string file = (directory->path() / "log").string();
  const int descriptor = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) return load::system_error("can't make " + file);
  // As RocksDB does with its log.
  ::fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, off_t{64} << 20);
  const std::array<char, 4096> bytes{};
  Status status;
  for (std::uint64_t i = 0; i < times && status.ok(); ++i) {
    const auto begun = Steady::now();
    const bool written = ::write(descriptor, bytes.data(), bytes.size()) == ssize_t{bytes.size()};
    if (!written || ::fdatasync(descriptor) != 0)
      status = load::system_error("can't write " + file);
    took.record(Steady::now() - begun);
  }
  ::close(descriptor);
  return status;
}

}  // namespace onerun::bench
