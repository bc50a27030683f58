// Opens a runtime on a directory, and ends. Its clock is that of the runs there: none expires.
#include <iostream>
#include <memory>

#include "onerun/runtime.hpp"
#include "onerun/testing.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto opened = onerun::Runtime::open(
      {.data_dir = argv[1], .clock = std::make_shared<onerun::testing::ManualClock>()});
  if (opened.ok()) return 0;
  std::cerr << opened.status() << '\n';
  return 1;
}
