// The second namespace: registered, deprecated, deleted with all that it has, and used meanwhile.
#include <utility>

#include "tests/sim/world.hpp"
#include "tests/sim/world_parts.hpp"

namespace onerun::sim {

using namespace std::chrono_literals;

/// Registers the second namespace, or deletes it with all that it has. One that is there is
/// deprecated as often as it is registered once more.
void World::change_other() {
  if (other_changes_) return;
  other_changes_ = true;
  const Other before = std::exchange(other_, Other::kUnknown);
  const bool deletes = draw(2) == 0;
  const bool is_there = before == Other::kThere || before == Other::kDeprecated;
  if (!deletes && is_there && looked_++ % 2 == 0) return deprecate_other();
  say(deletes ? "the other namespace is deleted" : "the other namespace is registered");
  auto changed = deletes ? engine_->delete_namespace(kOther)
                         : engine_->register_namespace(kOther, {.retention = {.closed = 2s}});
  std::move(changed).then(
      [this, before, is_there, deletes, life = life_](const Result<NamespaceDescription>& answer) {
        if (life != life_) return;
        other_changes_ = false;
        if (!answer.ok() && is_unknown(answer.status())) return;
        const StatusCode refused = deletes ? StatusCode::kNotFound : StatusCode::kAlreadyExists;
        const bool fits = before == Other::kUnknown || answer.ok() == (is_there == deletes);
        if (!fits || (!answer.ok() && answer.code() != refused)) {
          checker_.complain("the other namespace: " + answer.status().to_string());
        }
        const bool is_refused = !deletes && !answer.ok();
        other_ = deletes ? Other::kAbsent : is_refused ? before : Other::kThere;
        incarnation_ += deletes && answer.ok() ? 1 : 0;
      });
}

void World::deprecate_other() {
  say("the other namespace is deprecated");
  engine_->deprecate_namespace(kOther).then(
      [this, life = life_](const Result<NamespaceDescription>& answer) {
        if (life != life_) return;
        other_changes_ = false;
        if (!answer.ok() && is_unknown(answer.status())) return;
        if (!answer.ok()) checker_.complain("deprecation: " + answer.status().to_string());
        other_ = Other::kDeprecated;
      });
}

/// Uses an open run if there is one: of a namespace that was deleted there must be none.
void World::start_in_other() {
  StartRequest request{.workflow_id = requests_.some_id(),
                       .conflict_policy = ConflictPolicy::kUseExisting};
  ++in_other_;
  engine_->start(kOther, std::move(request))
      .then([this, asked_of = other_, incarnation = incarnation_,
             life = life_](const Result<StartResult>& answer) {
        if (life != life_) return;
        --in_other_;
        if (!answer.ok() && is_unknown(answer.status())) return;
        if (!may_answer(asked_of, answer.code())) {
          return checker_.complain("a start in the other namespace: " +
                                   answer.status().to_string());
        }
        if (!answer.ok()) return;
        const auto known = runs_of_other_.try_emplace(answer->run_id, incarnation).first;
        if (known->second < incarnation) {
          checker_.complain("a run has outlived its namespace: " + answer->run_id.text());
        }
      });
}

/// True if a start that was asked for in that state may end so.
bool World::may_answer(Other asked_of, StatusCode code) {
  switch (asked_of) {
    case Other::kAbsent: return code == StatusCode::kNotFound;
    case Other::kThere: return code == StatusCode::kOk;
    case Other::kDeprecated: return code == StatusCode::kFailedPrecondition;
    case Other::kUnknown: break;
  }
  return code == StatusCode::kOk || code == StatusCode::kNotFound ||
         code == StatusCode::kFailedPrecondition;
}

/// It is there, or not, as was answered last.
void World::check_other() {
  const auto described = engine_->describe_namespace(kOther).get();
  Other is = described.code() == StatusCode::kNotFound ? Other::kAbsent : Other::kUnknown;
  if (described.ok()) {
    const bool is_deprecated = described->state == NamespaceState::kDeprecated;
    is = is_deprecated ? Other::kDeprecated : Other::kThere;
  }
  if (is != other_ && other_ != Other::kUnknown)
    checker_.complain("the other namespace is not as it should be");
}

}  // namespace onerun::sim
