#include "actors/effect_runner.hpp"

#include <new>

namespace onerun::actors {

/// Without memory for it the timer is only on the store, and found there later.
void EffectRunner::operator()(const core::SetTimer& effect) const {
  try {
    services_.timers.add(name_space_.number(), workflow_id_, effect.run_id, effect.due);
  } catch (const std::bad_alloc&) {
    services_.timers.read_again(name_space_.number());
  }
}

/// Without memory the timer stays: it fires for a run that has ended, which is refused.
void EffectRunner::operator()(const core::DropTimer& effect) const {
  try {
    services_.timers.drop(name_space_.number(), effect.run_id, effect.due);
  } catch (const std::bad_alloc&) {
  }
}

void EffectRunner::operator()(const core::ReleaseCloseWaiters& effect) const {
  services_.waiters.release(name_space_.number(), effect.run_id, [&] {
    return services_.reader.describe(name_space_.number(), name_space_.record()->config.retention,
                                     RunRef{workflow_id_, effect.run_id}, now_);
  });
}

void EffectRunner::operator()(const core::WakeWatchers& effect) const {
  services_.watchers.wake(name_space_.number(), effect.run_id);
}

void EffectRunner::operator()(const core::CountClosed& effect) const {
  name_space_.metrics().closed(effect.status);
}

void EffectRunner::operator()(const core::CountContinued& effect) const {
  name_space_.metrics().continued(effect.initiator);
}

}  // namespace onerun::actors
