// The edge of the library: nothing is thrown across it.
#pragma once

#include <exception>
#include <new>
#include <string>

#include "actors/host_failure.hpp"
#include "onerun/status.hpp"

namespace onerun::runtime {

/// Says it without needing any.
inline Status out_of_memory() { return Status(StatusCode::kResourceExhausted, "out of memory"); }

/// Runs what may throw at the edge of the library, where nothing may.
template <class R, class Body>
R without_exceptions(Body&& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return R(out_of_memory());
  } catch (const actors::HostFailure& failure) {
    return R(failure.status());
  } catch (const std::exception& error) {
    return R(Status(StatusCode::kInternal, std::string("unexpected: ") + error.what()));
  }
}

}  // namespace onerun::runtime
