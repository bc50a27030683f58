// What lists of runs tell of the state of a workflow id.
#include <utility>

#include "tests/sim/model_rules.hpp"

namespace onerun::sim {
namespace {

bool is_gone(const ModelRun& run, const Retention& retention, Timestamp now) {
  return run.record_gone || record_expired(run, retention, now);
}

/// The runs of a chain that were told, beside those of a state.
class ChainTold {
 public:
  ChainTold(const std::vector<RunInfo>& told, const ModelId& state, const Retention& retention,
            Timestamp now)
      : told_(told), state_(state), retention_(retention), now_(now) {}

  /// True if they may be those around the run in that place, which was told as this one.
  bool is_around(std::size_t place, const RunId& run_id) const {
    const auto found = std::ranges::find(told_, run_id, &RunInfo::run_id);
    if (found == told_.end() || !is_info_of(*found, state_.runs[place])) return false;
    const auto at = static_cast<std::size_t>(found - told_.begin());
    return fits_before(place, at) && fits_behind(place, at);
  }

 private:
  bool tells(std::size_t at, const ModelRun& run) const {
    return !is_gone(run, retention_, now_) && may_be(state_, run, told_[at].run_id) &&
           is_info_of(told_[at], run);
  }

  /// The runs that it continues, up to the first that is gone.
  bool fits_before(std::size_t place, std::size_t at) const {
    for (;; --place, --at) {
      if (at > 0 && told_[at].continued_execution_run_id != told_[at - 1].run_id) return false;
      // What a reset began has the place in the chain of the run that was copied.
      if (state_.runs[place].is_reset) return true;
      const bool follows = state_.runs[place].follows && place > 0;
      if (at == 0) return !follows || may_be_gone(state_.runs[place - 1]);
      if (!follows || !tells(at - 1, state_.runs[place - 1])) return false;
    }
  }

  /// And those that continue it.
  bool fits_behind(std::size_t place, std::size_t at) const {
    for (;; ++place, ++at) {
      const bool follows = place + 1 < state_.runs.size() && state_.runs[place + 1].follows;
      if (at + 1 == told_.size()) return !follows || may_be_gone(state_.runs[place + 1]);
      if (!follows || !tells(at + 1, state_.runs[place + 1])) return false;
    }
  }

  bool may_be_gone(const ModelRun& run) const { return !is_surely_retained(run, retention_, now_); }

  const std::vector<RunInfo>& told_;
  const ModelId& state_;
  const Retention& retention_;
  const Timestamp now_;
};

}  // namespace

bool explains_runs(const ModelId& state, const Retention& retention, Timestamp now,
                   bool way_may_end, const std::vector<RunInfo>& runs) {
  auto next = runs.begin();
  for (std::size_t i = state.runs.size(); i-- > 0;) {
    const ModelRun& run = state.runs[i];
    const bool is_next = next != runs.end() && !is_gone(run, retention, now) &&
                         may_be(state, run, next->run_id) && is_info_of(*next, run);
    if (is_next) {
      ++next;
    } else if (is_surely_retained(run, retention, now) && !(way_may_end && next == runs.end())) {
      return false;
    }
  }
  return next == runs.end();
}

std::vector<ModelId> explain_chain(const ModelId& state, const RunRef& run,
                                   const Retention& retention, Timestamp now,
                                   const Result<std::vector<RunInfo>>& answer) {
  if (answer.ok() && answer->empty()) return {};
  // The current run is the last one of its chain.
  const auto run_id_of = [&](const std::vector<RunInfo>& told) {
    return run.run_id.empty() ? told.back().run_id : run.run_id;
  };
  std::vector<ModelId> states;
  for (ModelId possible : possibilities(state, {run.run_id})) {
    const auto queue = std::exchange(possible.queue, {});  // what waits there is no run yet
    const std::size_t known = states.size();
    add_told(
        states, possible, run, retention, now, answer, run_id_of,
        [&](const ModelRun& one, bool) {
          const auto place = static_cast<std::size_t>(&one - possible.runs.data());
          return ChainTold(*answer, possible, retention, now).is_around(place, run_id_of(*answer));
        },
        [](const ModelWaiting&, std::size_t) { return false; });
    for (std::size_t i = known; i < states.size(); ++i) states[i].queue = queue;
  }
  return states;
}

}  // namespace onerun::sim
