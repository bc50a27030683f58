// Any bytes as a trace: operations, or one sentence with a line number.
#include "examples/load/trace.hpp"

#include <cstdint>
#include <cstdlib>
#include <sstream>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  const auto trace = onerun::load::read_trace(in, "input");
  if (trace.ok() ? trace->empty() : trace.status().message().find(", line ") == std::string::npos) {
    std::abort();
  }
  return 0;
}
