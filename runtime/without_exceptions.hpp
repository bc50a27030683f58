// The edge of the library: nothing is thrown across it.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <system_error>

#include "actors/host_failure.hpp"
#include "onerun/status.hpp"

namespace onerun::runtime {

/// Says it without needing any.
inline Status out_of_memory() { return Status(StatusCode::kResourceExhausted, "out of memory"); }

/// A thread that could not be started is the usual one.
inline Status system_failed(const std::system_error& error) {
  const bool is_exhausted = error.code() == std::errc::resource_unavailable_try_again ||
                            error.code() == std::errc::not_enough_memory;
  return Status(
      is_exhausted ? StatusCode::kResourceExhausted : StatusCode::kInternal,
      (is_exhausted ? "can't start a thread: " : "unexpected: ") + error.code().message());
}

/// Runs what may throw at the edge of the library, where nothing may.
template <class R, class Body>
R without_exceptions(Body&& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return R(out_of_memory());
  } catch (const std::system_error& error) {
    return R(system_failed(error));
  } catch (const actors::HostFailure& failure) {
    return R(failure.status());
  } catch (const std::exception& error) {
    return R(Status(StatusCode::kInternal, std::string("unexpected: ") + error.what()));
  }
}

}  // namespace onerun::runtime
