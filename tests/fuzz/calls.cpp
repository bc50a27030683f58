// Any bytes as a sequence of calls and events: a simulated schedule in which the bytes choose what
// happens. Every answer is what the model allows, and what is invalid is refused.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/sim/world.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  onerun::sim::WorldOptions options;
  options.bytes = {reinterpret_cast<const char*>(data), size};
  options.steps = 200;
  const auto result = onerun::sim::World(options).run();
  if (!result.violation) return 0;
  std::fprintf(stderr, "%s\n", result.violation->c_str());
  std::abort();
}
