#include "actors/retention_actor.hpp"

#include <exception>
#include <utility>

#include "actors/logging.hpp"

namespace onerun::actors {

RetentionActor::RetentionActor(caf_facade::ActorConfig& config, Services& services,
                               std::function<Reclaimer::Namespaces()> namespaces,
                               std::function<void(const NamespaceEntry&)> gone)
    : caf_facade::ActorBase(config),
      services_(services),
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
  begins_ = true;
  go_on();
}

/// A pass that fails is over; the next one begins with what it left.
void RetentionActor::go_on() {
  const caf_facade::Actor self(this);
  try {
    if (std::exchange(begins_, false)) reclaimer_.begin(namespaces_(), !waiters_.empty());
    if (!reclaimer_.next_page([self] { caf_facade::post(self, PageDone{}); })) end_pass(Status());
  } catch (const std::exception& reason) {
    const std::string message = std::string("retention: a pass failed: ") + reason.what();
    log_line(services_.sink, LogLevel::kError, message);
    reclaimer_.abandon();
    end_pass(Status(StatusCode::kUnavailable, message));
  }
}

void RetentionActor::end_pass(const Status& status) {
  is_passing_ = false;
  const std::uint64_t reclaimed = reclaimer_.reclaimed() - reclaimed_before_;
  for (const Waiter& waiter : std::exchange(waiters_, {})) {
    waiter->set(status.ok() ? Result<std::uint64_t>(reclaimed) : status);
  }
  // Whoever asked during the pass is owed one that began after the question.
  if (!next_waiters_.empty()) begin_pass();
}

}  // namespace onerun::actors
