// Runtime: a handle that owns the engine, and shuts it down.
#include "onerun/runtime.hpp"

#include <new>
#include <utility>

#include "core/validate.hpp"
#include "runtime/engine.hpp"
#include "runtime/open_engines.hpp"
#include "runtime/without_exceptions.hpp"
#include "store/data_directory.hpp"

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
    runtime::OpenEngines::of_process().close_in_background(engine_);
  } else {
    static_cast<void>(engine_->shutdown(engine_->shutdown_deadline()));
  }
}

namespace {

Status process_exits() { return Status(StatusCode::kFailedPrecondition, "the process is exiting"); }

/// From here on the name leads to the same directory, whatever becomes of the working directory
/// and of links. A name that can't be one stays: the store says what is wrong with it.
Status settle_data_dir(Options& options) {
  auto directory = store::absolute_directory(options.data_dir);
  if (directory.ok()) directory = store::resolve_links(*directory);
  if (directory.ok()) options.data_dir = std::move(*directory);
  return directory.code() == StatusCode::kResourceExhausted ? directory.status() : Status();
}

}  // namespace

Result<Runtime> Runtime::open(Options options) {
  return runtime::without_exceptions<Result<Runtime>>([&]() -> Result<Runtime> {
    auto& engines = runtime::OpenEngines::of_process();
    const StoreKind store = options.store;
    if (store == StoreKind::kRocksDb) {
      Status settled = settle_data_dir(options);
      if (!settled.ok()) return settled;
      // Not as a part of the opening: the thread that exits waits for that, and the closing may
      // wait for the thread that exits.
      engines.wait_for_closing(options.data_dir);
    }
    const runtime::OpenEngines::Opening opening(engines);
    if (!opening.is_allowed()) return process_exits();
    Status valid = core::validate(options);
    if (!valid.ok()) return valid;
    engines.make_globals(store);
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
