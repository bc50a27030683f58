// Runtime: a handle that owns the engine, and shuts it down.
#include "onerun/runtime.hpp"

#include <utility>

#include "runtime/engine.hpp"

namespace onerun {

Runtime::Runtime(std::shared_ptr<runtime::Engine> engine) : engine_(std::move(engine)) {}

Runtime::Runtime(Runtime&&) noexcept = default;

Runtime& Runtime::operator=(Runtime&& other) noexcept {
  // What was open here is shut down with the temporary.
  Runtime moved(std::move(other));
  engine_.swap(moved.engine_);
  return *this;
}

Runtime::~Runtime() {
  if (engine_ != nullptr) static_cast<void>(engine_->shutdown(engine_->shutdown_deadline()));
}

Result<Runtime> Runtime::open(Options options) {
  auto engine = runtime::Engine::open(std::move(options));
  if (!engine.ok()) return engine.status();
  return Runtime(std::move(*engine));
}

Namespace Runtime::namespace_(NamespaceName name) const { return {engine_, std::move(name)}; }

Result<Namespace> Runtime::ensure_namespace(NamespaceName name, NamespaceConfig config) {
  Namespace handle = namespace_(std::move(name));
  const auto registered = handle.register_namespace(std::move(config)).get();
  if (!registered.ok() && registered.code() != StatusCode::kAlreadyExists) {
    return registered.status();
  }
  return handle;
}

Result<std::vector<NamespaceDescription>> Runtime::list_namespaces() const {
  return engine_->list_namespaces();
}

Status Runtime::shutdown(Duration deadline) { return engine_->shutdown(deadline); }

bool Runtime::serving() const { return engine_->serving(); }

}  // namespace onerun
