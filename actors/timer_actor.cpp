#include "actors/timer_actor.hpp"

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "actors/logging.hpp"
#include "core/namespace_rules.hpp"

namespace onerun::actors {
namespace {

/// Timeouts that are decided at once: enough for a commit, few enough that starts go on beside
/// them.
constexpr std::size_t kMostUnderWay = 500;

/// How often timeouts are tried again that wait for a time zone: it comes with an update of the
/// machine, if it comes.
constexpr auto kZoneRetryInterval = std::chrono::minutes(1);

/// True if a timeout that got this answer will get no other: it is done, or there is nothing to do.
bool is_settled(const Status& answer) {
  switch (answer.code()) {
    case StatusCode::kUnavailable:
    case StatusCode::kAborted:
    case StatusCode::kInternal:
    case StatusCode::kResourceExhausted: return false;
    default: return true;
  }
}

}  // namespace

TimerActor::TimerActor(caf_facade::ActorConfig& config, Services& services, Namespaces namespaces)
    : caf_facade::ActorBase(config), services_(services), namespaces_(std::move(namespaces)) {}

caf_facade::Behavior TimerActor::make_behavior() {
  return {
      [this](Tick) {
        is_blocked_ = false;
        if (Steady::now() >= zones_retried_at_ + kZoneRetryInterval) retry_without_zone();
        fire_due();
      },
      [this](TimerDone& message) { done(message); },
      [this](FireNow& message) {
        if (waiters_.empty()) fired_before_ = fired_;
        waiters_.push_back(std::move(message));
        is_blocked_ = false;
        retry_without_zone();
        fire_due();
      },
  };
}

/// Fires what is due, as far as there is room under way. What is left waits for an answer, or for
/// the next tick.
void TimerActor::fire_due() {
  if (!services_.log.fenced().ok()) is_blocked_ = true;
  try {
    while (!is_blocked_ && under_way_ < kMostUnderWay) {
      // One instant for both: a clock that steps back must not make a run early that was due.
      const Timestamp now = services_.clock.now();
      if (const auto due = services_.timers.take_due(now)) {
        fire(*due, now);
      } else if (!load()) {
        break;
      }
    }
  } catch (const std::bad_alloc&) {
    is_blocked_ = true;  // without a word: that takes memory, too
  } catch (const std::exception& reason) {
    is_blocked_ = true;
    log_line(services_.sink, LogLevel::kError, std::string("timers: ") + reason.what());
  }
  services_.metrics.set_timers(services_.timers.next_due(), services_.clock.now());
  if (under_way_ == 0) answer_waiters();
}

/// Reads a page for each namespace. Returns false if there was nothing to read.
bool TimerActor::load() {
  bool has_more = false;
  for (const core::NamespaceNumber number : namespaces_.numbers()) {
    const auto loaded = services_.timers.load(services_.store, number, services_.clock.now());
    if (!loaded.ok()) {
      is_blocked_ = true;
      log_line(services_.sink, LogLevel::kError, "timers: " + loaded.status().to_string());
    } else {
      has_more |= *loaded;
    }
  }
  return has_more;
}

/// If there is no memory for it, the timer will be read again.
void TimerActor::fire(const PendingTimer& pending, Timestamp now) {
  try {
    ask(pending, now);
  } catch (...) {
    services_.timers.read_again(pending.name_space);
    throw;
  }
}

void TimerActor::ask(const PendingTimer& pending, Timestamp now) {
  auto entry = namespaces_.find(pending.name_space);
  auto slot = services_.admission.enter_unbounded();
  if (entry == nullptr || !slot.ok()) return;
  NamespaceEntry::Use in_use(std::move(entry));
  if (!core::check_state(*in_use->record(), core::NamespaceUse::kOther).ok()) return;

  core::TimeOutCommand command{{pending.workflow_id, pending.timer.run_id}};
  // The letter is there before it is needed: an answer must not get lost for want of memory.
  auto timer = std::make_shared<FiredTimer>(FiredTimer{pending, Status()});
  auto letter = std::make_shared<caf_facade::Letter>(caf_facade::make_letter(TimerDone{timer}));
  Request::RunPromise promise;
  promise.future().then(
      [timer, letter, self = caf_facade::Actor(this)](const Result<RunInfo>& answer) {
        timer->answer = answer.status();
        caf_facade::post_letter(self, std::move(*letter));
      });
  ++under_way_;  // from here on an answer comes, also for a request that is dropped
  auto request =
      std::make_shared<Request>(std::move(in_use), std::move(*slot), metrics::Operation::kTimeOut,
                                now, std::move(command), std::move(promise));
  request->name_space->mailboxes().deliver(std::move(request));
}

void TimerActor::done(const TimerDone& message) {
  --under_way_;
  const FiredTimer& fired = *message.timer;
  if (fired.answer.ok()) ++fired_;
  if (!is_settled(fired.answer)) {
    services_.timers.put_back(fired.pending);
    is_blocked_ = true;
  } else if (const auto* zone = fired.answer.detail<UnknownTimeZone>()) {
    wait_for_zone(fired, zone->time_zone);
  } else if (fired.answer.code() == StatusCode::kDataLoss) {
    log_line(services_.sink, LogLevel::kError, "timers: " + fired.answer.to_string());
  }
  fire_due();
}

/// The run stays open behind its deadline, and says so once for each zone. Its namespace is read
/// again from time to time: that takes no memory for each run.
void TimerActor::wait_for_zone(const FiredTimer& fired, const std::string& time_zone) {
  try {
    without_zone_.insert(fired.pending.name_space);
    if (!missing_zones_.insert(time_zone).second) return;
    log_line(services_.sink, LogLevel::kError,
             "timers: runs can't time out: " + fired.answer.to_string());
  } catch (const std::bad_alloc&) {
    services_.timers.put_back(fired.pending);
    is_blocked_ = true;
  }
}

void TimerActor::retry_without_zone() {
  zones_retried_at_ = Steady::now();
  for (const core::NamespaceNumber number : std::exchange(without_zone_, {})) {
    services_.timers.read_again(number);
  }
}

void TimerActor::answer_waiters() {
  for (const FireNow& waiter : std::exchange(waiters_, {}))
    waiter.fired->set(fired_ - fired_before_);
}

}  // namespace onerun::actors
