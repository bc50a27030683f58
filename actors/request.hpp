// A request on its way: what is asked, by when, and where the answer goes. It is made on the
// caller's thread and moves from actor to actor until it is answered; one that is dropped answers
// that its outcome is unknown.
#pragma once

#include <chrono>
#include <memory>
#include <variant>

#include "actors/admission.hpp"
#include "actors/namespace_entry.hpp"
#include "core/command.hpp"
#include "core/decide.hpp"
#include "metrics/metrics.hpp"
#include "onerun/detail/promise.hpp"
#include "onerun/run.hpp"
#include "onerun/start.hpp"

namespace onerun::actors {

struct Services;

class Request {
 public:
  using StartPromise = Promise<Result<StartResult>>;
  using RunPromise = Promise<Result<RunInfo>>;
  using Reply = std::variant<StartPromise, RunPromise>;

  /// `what`: a core::Command, or what one is made of.
  template <class C>
  Request(NamespaceEntry::Use entry, Admission::Slot admitted, metrics::Operation kind,
          Timestamp at, C&& what, Reply to)
      : name_space(std::move(entry)),
        operation(kind),
        now(at),
        received(std::chrono::steady_clock::now()),
        command(std::forward<C>(what)),
        slot_(std::move(admitted)),
        reply_(std::move(to)) {}

  const WorkflowId& workflow_id() const;

  /// Gives the answer. Before the caller hears of it, the place in admission is free and the
  /// namespace not used by this request any more. Called once.
  void answer(Result<core::Answer> answer, Services& services);

  NamespaceEntry::Use name_space;
  const metrics::Operation operation;
  const Timestamp now;  ///< the request's time in every rule
  const std::chrono::steady_clock::time_point received;
  const core::Command command;
  unsigned attempts = 0;                    ///< how often an actor has failed on it
  std::shared_ptr<Request> next = nullptr;  ///< while it waits at an actor

 private:
  Admission::Slot slot_;
  Reply reply_;
};

/// Requests travel in messages, which must be copyable; there is always one owner.
using RequestPtr = std::shared_ptr<Request>;

}  // namespace onerun::actors
