// Runtime: a handle that owns the engine, and shuts it down.
#include "onerun/runtime.hpp"

#include <thread>
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

/// A thread of the runtime can't wait for its own end: another one does then.
Runtime::~Runtime() {
  if (engine_ == nullptr || !engine_->is_of_this_process()) return;
  const auto end = [engine = engine_] {
    static_cast<void>(engine->shutdown(engine->shutdown_deadline()));
  };
  if (detail::on_runtime_thread() || runtime::Deliveries::is_delivering()) {
    engine_->refuse_new_requests();
    std::thread(end).detach();
  } else {
    end();
  }
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
