// Runtime: a handle that owns the engine, and shuts it down.
#include "onerun/runtime.hpp"

#include <new>
#include <utility>

#include "runtime/engine.hpp"
#include "runtime/open_engines.hpp"
#include "runtime/without_exceptions.hpp"

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
  if (runtime::Engine::is_on_own_thread()) {
    engine_->refuse_new_requests();
    runtime::OpenEngines::of_process().close_in_background(std::move(engine_));
  } else {
    static_cast<void>(engine_->shutdown(engine_->shutdown_deadline()));
  }
}

namespace {

Status process_exits() { return Status(StatusCode::kFailedPrecondition, "the process is exiting"); }

}  // namespace

Result<Runtime> Runtime::open(Options options) {
  return runtime::without_exceptions<Result<Runtime>>([&]() -> Result<Runtime> {
    auto& engines = runtime::OpenEngines::of_process();
    if (engines.is_exiting()) return process_exits();
    const StoreKind store = options.store;
    if (store == StoreKind::kRocksDb && !runtime::Engine::is_on_own_thread()) {
      engines.wait_for_closing(options.data_dir);
    }
    auto engine = runtime::Engine::open(std::move(options));
    if (!engine.ok()) return engine.status();
    if (!engines.add(*engine, store)) return process_exits();
    return Runtime(std::move(*engine));
  });
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
