// What events of different kinds have in common.
#pragma once

#include <stdexcept>
#include <string>

#include "onerun/history.hpp"
#include "tests/support/payloads.hpp"

namespace onerun::test {

/// The request id that an event brings; empty if it brings none.
inline RequestId request_id_of(const HistoryEvent& event) {
  return std::visit(
      [](const auto& attributes) {
        if constexpr (requires { attributes.request_id; }) return attributes.request_id;
        if constexpr (requires { attributes.attached_request_id; }) {
          return attributes.attached_request_id;
        }
        return RequestId();
      },
      event.attributes);
}

/// The bytes that the application gave with an event: input, result or details; or the message of
/// the failure. Empty if it gave none.
inline std::string given_with(const HistoryEvent& event) {
  return std::visit(
      [](const auto& attributes) {
        if constexpr (requires { attributes.input; }) return test::text_of(attributes.input);
        if constexpr (requires { attributes.result; }) return test::text_of(attributes.result);
        if constexpr (requires { attributes.details; }) return test::text_of(attributes.details);
        if constexpr (requires { attributes.failure; }) {
          if (attributes.failure) return attributes.failure->message;
        }
        return std::string();
      },
      event.attributes);
}

/// An event of that kind with usual attributes.
template <std::size_t kKind = 0>
HistoryEvent event_of_type(EventType type, std::uint64_t event_id) {
  if constexpr (kKind < std::variant_size_v<EventAttributes>) {
    using Attributes = std::variant_alternative_t<kKind, EventAttributes>;
    if (Attributes::kType == type) return {.event_id = event_id, .attributes = Attributes()};
    return event_of_type<kKind + 1>(type, event_id);
  } else {
    throw std::logic_error("no kind of event has that number");
  }
}

}  // namespace onerun::test
