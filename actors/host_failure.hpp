// Code of the host's that onerun calls: its clock, its source of ids, its log, its callbacks. What
// it throws is caught where it is called.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

#include "onerun/status.hpp"

namespace onerun::actors {

/// Something of the host's has thrown. The request that needed it was not done.
class HostFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;

  Status status() const { return Status(StatusCode::kUnavailable, what()); }
};

/// What an exception says, by default the one that is being handled.
inline std::string what_was_thrown(const std::exception_ptr& thrown = std::current_exception()) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an object that is no std::exception";
  }
}

/// Calls something of the host's, named `who`. Whatever it throws becomes a HostFailure.
template <class Call>
auto call_host(std::string_view who, Call&& call) {
  try {
    return call();
  } catch (...) {
    throw HostFailure(std::string(who) + " has failed: " + what_was_thrown());
  }
}

}  // namespace onerun::actors
