// For the parts of the library that need the engine behind a Runtime.
#pragma once

#include <memory>

#include "onerun/runtime.hpp"

namespace onerun {

class RuntimeAccess {
 public:
  static const std::shared_ptr<runtime::Engine>& engine(const Runtime& runtime) {
    return runtime.engine_;
  }
  static Runtime wrap(std::shared_ptr<runtime::Engine> engine) {
    return Runtime(std::move(engine));
  }
};

}  // namespace onerun
