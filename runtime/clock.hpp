// The clock of a runtime: the host's, or the machine's, within bounds.
#pragma once

#include <memory>

#include "onerun/time.hpp"

namespace onerun::runtime {

/// A clock whose readings lie between 1970 and 9999, so that no sum of an instant and a duration
/// leaves the range of its type, and every instant fits into a UUIDv7.
class BoundedClock final : public Clock {
 public:
  explicit BoundedClock(std::shared_ptr<const Clock> clock);

  Timestamp now() const override;

 private:
  const std::shared_ptr<const Clock> clock_;
};

}  // namespace onerun::runtime
