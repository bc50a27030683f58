// Carries out the effects of decisions, once the commits that they rest on are durable.
#pragma once

#include "actors/namespace_entry.hpp"
#include "actors/services.hpp"
#include "core/decide/effects.hpp"
#include "onerun/ids.hpp"
#include "onerun/time.hpp"

namespace onerun::actors {

/// Effects on one workflow id. Threads: the log's.
class EffectRunner {
 public:
  /// `now`: of the request that had the effects.
  EffectRunner(Services& services, const NamespaceEntry& name_space, const WorkflowId& workflow_id,
               Timestamp now)
      : services_(services), name_space_(name_space), workflow_id_(workflow_id), now_(now) {}

  void operator()(const core::SetTimer& effect) const;
  void operator()(const core::DropTimer& effect) const;
  void operator()(const core::ReleaseCloseWaiters& effect) const;
  void operator()(const core::WakeWatchers& effect) const;
  void operator()(const core::CountClosed& effect) const;
  void operator()(const core::CountContinued& effect) const;

 private:
  Services& services_;
  const NamespaceEntry& name_space_;
  const WorkflowId& workflow_id_;
  const Timestamp now_;
};

}  // namespace onerun::actors
