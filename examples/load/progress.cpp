#include "progress.hpp"

#include <unistd.h>

#include <iostream>

namespace onerun::load {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);
constexpr auto kBackToStartAndClear = "\r\033[K";

}  // namespace

Progress::Progress() : on_terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (drawn_) std::cerr << kBackToStartAndClear << std::flush;
}

void Progress::update(const std::function<std::string()>& text) {
  if (!on_terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  drawn_ = true;
  std::cerr << kBackToStartAndClear << text() << std::flush;
}

}  // namespace onerun::load
