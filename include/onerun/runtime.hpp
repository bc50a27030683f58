// Runtime: opens a store, owns the actors over it, and hands out namespaces.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "onerun/export.hpp"
#include "onerun/namespace.hpp"
#include "onerun/options.hpp"
#include "onerun/status.hpp"

namespace onerun {

/// An open runtime. Several may live in one process, each on its own directory. It starts threads
/// of its own when it is opened and installs no signal handlers. What is still open when the
/// process exits (`main` returns, or `exit` is called on any thread) is shut down before globals
/// that were there at the first `open` are destroyed; an `open` under way is waited for. In a child
/// that is forked its calls are refused with ShutDown, and destroying it does nothing.
/// docs/embedding.md says what a host may do.
///
/// Threads: every method may be called from many threads at once, except moving and destroying.
class ONERUN_EXPORT Runtime {
 public:
  /// Opens the store, recovers it, and is ready for requests. No actor is made before its workflow
  /// id is asked for, so the time does not grow with the number of runs.
  ///
  /// Errors:
  ///  - invalid_argument: an option is out of its range (InvalidField), or `data_dir` can't be a
  ///    directory
  ///  - failed_precondition: another runtime, of this or another process, has the directory; it was
  ///    written by a newer version; or the process is exiting
  ///  - already_exists: the metrics registry has a metric of one of onerun's names
  ///  - permission_denied, resource_exhausted (no space), unavailable: what the system said, or the
  ///    host's clock
  ///  - data_loss, Corruption: the store is damaged, or has lost changes that were acknowledged
  static Result<Runtime> open(Options options);

  Runtime(Runtime&&) noexcept;
  Runtime& operator=(Runtime&&) noexcept;

  /// As `shutdown(Options::shutdown_deadline)`, if that was not called. On a thread of the runtime,
  /// as in a callback, it does not wait: the shutdown goes on by itself. The exit of the process
  /// waits for it then, and so does an `open` of the same directory.
  ~Runtime();

  /// A handle for that name, whether or not such a namespace exists.
  Namespace namespace_(NamespaceName name) const;
  Namespace namespace_(std::string_view name) const { return namespace_(NamespaceName(name)); }

  /// A handle for a namespace that exists afterwards: registers it with that configuration unless
  /// it is there already (then its own configuration stays). Waits for the disk.
  /// Errors: as Namespace::register_namespace, except already_exists.
  Result<Namespace> ensure_namespace(NamespaceName name, NamespaceConfig config = {});

  /// All namespaces, also deleted ones that are still being cleaned up, by name.
  Result<std::vector<NamespaceDescription>> list_namespaces() const;

  /// Refuses new requests, lets those under way finish, syncs, and joins all threads. A second call
  /// returns what the first did.
  /// Errors: deadline_exceeded if requests were still under way at the deadline: those that are not
  /// in the log by then are answered with Fenced and were not done; the runtime is shut down
  /// nevertheless. unavailable, or what the system said, if the last sync or an earlier one failed:
  /// with Durability::kAsync and kMemory something acknowledged may be lost then.
  /// failed_precondition if called on a thread of the runtime. resource_exhausted: there was no
  /// memory for it; it may be asked for again.
  Status shutdown(Duration deadline);

  /// True until `shutdown`, and as long as no fault has fenced the runtime.
  bool serving() const;

 private:
  friend class RuntimeAccess;
  explicit Runtime(std::shared_ptr<runtime::Engine> engine);

  std::shared_ptr<runtime::Engine> engine_;
};

}  // namespace onerun
