// What a subscription ends, and asks whether it goes on.
#pragma once

namespace onerun::detail {

class Cancelable {
 public:
  virtual ~Cancelable() = default;
  virtual void cancel() noexcept = 0;
  virtual bool active() const noexcept = 0;
};

}  // namespace onerun::detail
