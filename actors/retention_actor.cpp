#include "actors/retention_actor.hpp"

#include <utility>

namespace onerun::actors {

RetentionActor::RetentionActor(caf_facade::ActorConfig& config, Services& services,
                               std::function<Reclaimer::Namespaces()> namespaces,
                               std::function<void(const NamespaceEntry&)> gone)
    : caf_facade::ActorBase(config),
      namespaces_(std::move(namespaces)),
      reclaimer_(services, std::move(gone)) {}

caf_facade::Behavior RetentionActor::make_behavior() {
  return {
      [this](Tick) {
        if (!is_passing_) begin_pass();
      },
      [this](PageDone) { go_on(); },
      [this](ReclaimNow& message) {
        next_waiters_.push_back(std::move(message.reclaimed));
        if (!is_passing_) begin_pass();
      },
  };
}

void RetentionActor::begin_pass() {
  is_passing_ = true;
  waiters_ = std::exchange(next_waiters_, {});
  reclaimed_before_ = reclaimer_.reclaimed();
  reclaimer_.begin(namespaces_());
  go_on();
}

void RetentionActor::go_on() {
  const caf_facade::Actor self(this);
  if (!reclaimer_.next_page([self] { caf_facade::post(self, PageDone{}); })) end_pass();
}

void RetentionActor::end_pass() {
  is_passing_ = false;
  const std::uint64_t reclaimed = reclaimer_.reclaimed() - reclaimed_before_;
  for (const Waiter& waiter : std::exchange(waiters_, {})) waiter->set(reclaimed);
  // Whoever asked during the pass is owed one that began after the question.
  if (!next_waiters_.empty()) begin_pass();
}

}  // namespace onerun::actors
