// Events of signals.
#pragma once

#include <string>

#include "onerun/event/type.hpp"
#include "onerun/ids.hpp"
#include "onerun/payload.hpp"

namespace onerun::event {

struct RunSignaled {
  static constexpr EventType kType = EventType::kRunSignaled;

  std::string name = {};
  Payloads input = {};
  RequestId request_id = {};  ///< empty: the signal had none
  std::string identity = {};
  PayloadMap header = {};

  friend bool operator==(const RunSignaled&, const RunSignaled&) = default;
};

}  // namespace onerun::event
