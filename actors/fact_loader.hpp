// Answers what decisions ask for. The only way from a live workflow id to the store.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "core/decide/facts.hpp"
#include "core/workflow_state.hpp"
#include "onerun/ids.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/status.hpp"
#include "onerun/time.hpp"

namespace onerun::actors {

/// What is asked about a workflow id.
struct Question {
  core::NamespaceNumber name_space;
  WorkflowId workflow_id;
  bool head = false;                 ///< the state of the workflow id
  core::Needs needs = {};            ///< and what a command needs
  Retention retention = {};          ///< for a reset: where the way to later runs ends
  Timestamp now = {};                ///< for the same
  std::uint64_t config_version = 0;  ///< of the namespace, as the asker knows it

  friend bool operator==(const Question&, const Question&) = default;
};

struct LoadedFacts {
  core::WorkflowState state = {};  ///< if the question asked for the head
  core::Known known = {};
};

/// Threads: any; many questions may be under way at once.
class FactLoader {
 public:
  using Answer = Result<LoadedFacts>;

  virtual ~FactLoader() = default;

  /// The answer, if it can be had without waiting for another machine. Errors: data_loss with
  /// family and key; unavailable.
  virtual std::optional<Answer> load_now(const Question& question) const = 0;

  /// Calls `done` once with the answer, later and on any thread. Called for questions that
  /// `load_now` has left open.
  virtual void load_later(Question question, std::function<void(Answer)> done) const = 0;
};

}  // namespace onerun::actors
