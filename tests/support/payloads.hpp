// What tests ask of payloads.
#pragma once

#include <string>

#include "onerun/payload.hpp"

namespace onerun::test {

/// The data of the first payload; empty if there is none.
inline const std::string& text_of(const Payloads& payloads) {
  static const std::string kNone;
  return payloads.empty() ? kNone : payloads.front().data;
}

}  // namespace onerun::test
