// Runs in every state that there is: what a test of a whole store fills it with.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "onerun/onerun.hpp"
#include "onerun/testing.hpp"

namespace onerun::test {

/// What was asked for must have been done.
template <class T>
T must(Future<Result<T>> asked) {
  const Result<T> answer = asked.get();
  if (!answer.ok()) throw std::runtime_error(answer.status().to_string());
  return *answer;
}

/// Lives runs of the namespace "orders" through all that can happen to one, and notes which there
/// are. A second of the clock is between any two starts.
class Lives {
 public:
  explicit Lives(testing::ManualClock& clock) : clock_(clock) {}

  /// Where they live from now on: a runtime that was opened again.
  void move_to(Runtime& runtime) { runtime_ = &runtime; }

  /// All kinds, on workflow ids that begin so.
  void live(const std::string& prefix) {
    prefix_ = prefix;
    open();
    close();
    follow();
    wait();
    change();
    remove();
    retire_a_namespace();
  }

  /// Goes on with what lived with that prefix.
  void go_on(const std::string& prefix) {
    prefix_ = prefix;
    for (const int number : {0, 1, 2}) must(orders().complete(ref("open", number), result()));
    must(orders().signal(ref("open", 3), signal("late")));
    must(orders().complete(ref("waited for")));
    must(orders().unpause(ref("paused")));
    must(orders().remove(ref("close", 1)));
    must(orders().update_namespace({.owner = "whoever comes later"}));
  }

  void start_large(int runs, std::size_t bytes) {
    for (int i = 0; i < runs; ++i) {
      StartRequest request = request_of(name("large", i));
      request.input = {Payload::bytes(std::string(bytes, static_cast<char>('a' + i % 26)))};
      start(std::move(request));
    }
  }

  const std::vector<WorkflowId>& ids() const { return ids_; }
  /// Starts that wait, and runs that were removed: `Namespace::runs` does not give them.
  const std::vector<RunRef>& apart() const { return apart_; }
  /// Those that have a deadline within an hour.
  const std::vector<RunRef>& with_deadline() const { return with_deadline_; }

 private:
  static constexpr auto kDeadline = std::chrono::minutes(50);

  Namespace orders() const { return runtime_->namespace_("orders"); }
  std::string name(const std::string& kind, int number = 0) const {
    return prefix_ + ' ' + kind + ' ' + std::to_string(number);
  }
  RunRef ref(const std::string& kind, int number = 0) const {
    return {WorkflowId(name(kind, number))};
  }
  static Payloads result() { return {Payload::bytes("a result")}; }
  static Signal signal(const std::string& what) {
    return {.name = what,
            .input = {Payload::bytes("to " + what)},
            .request_id = RequestId("signal " + what)};
  }

  static StartRequest request_of(const std::string& name) {
    return {.workflow_id = WorkflowId(name),
            .request_id = RequestId("for " + name),
            .workflow_type = "order",
            .input = {Payload::bytes(std::string(500, 'i') + name)},
            .memo = {{"a memo", Payload::bytes("of " + name)}},
            .search_attributes = {{"tag", name}},
            .identity = "somebody"};
  }

  StartResult start(StartRequest request) {
    clock_.advance(std::chrono::seconds(1));
    const WorkflowId id = request.workflow_id;
    if (ids_.empty() || ids_.back() != id) ids_.push_back(id);
    return must(orders().start(std::move(request)));
  }
  StartResult start(const std::string& kind, int number = 0) {
    return start(request_of(name(kind, number)));
  }

  void open() {
    for (int i = 0; i < 10; ++i) start("open", i);
    StartRequest with_deadline = request_of(name("with deadline"));
    with_deadline.execution_timeout = kDeadline;
    with_deadline_.push_back({with_deadline.workflow_id, start(with_deadline).run_id});
    StartRequest scheduled = request_of(name("scheduled"));
    scheduled.cron_schedule = "0 6 * * mon-fri";
    start(std::move(scheduled));
    start("to be canceled");
    must(orders().request_cancel(ref("to be canceled"), {.reason = "no more"}));
    start("paused");
    must(orders().pause(ref("paused"), {.reason = "a break", .request_id = RequestId("pause")}));
  }

  void close() {
    for (int i = 0; i < 8; ++i) start("close", i);
    for (const int i : {0, 1, 2})
      must(orders().complete(ref("close", i), result(), {.identity = "me"}));
    must(orders().fail(ref("close", 3), {.message = "it broke", .type = "Broken"}));
    must(orders().fail(ref("close", 4), {.message = "so did it", .details = result()}));
    must(orders().report_canceled(ref("close", 5), result()));
    must(orders().terminate(ref("close", 6), {.reason = "too long"}));
    StartRequest short_lived = request_of(name("timed out"));
    short_lived.run_timeout = std::chrono::seconds(1);
    start(std::move(short_lived));
    clock_.advance(std::chrono::seconds(1));
    if (!testing::fire_timers_now(*runtime_).ok()) throw std::runtime_error("timers");
  }

  /// Chains: continued, retried, and begun anew.
  void follow() {
    start("continued");
    for (const char* next : {"second", "third"}) {
      clock_.advance(std::chrono::seconds(1));
      must(orders().continue_as_new(ref("continued"), {.input = {Payload::bytes(next)}}));
    }
    StartRequest retried = request_of(name("retried"));
    retried.retry_policy = RetryPolicy{.initial_interval = std::chrono::hours(1)};
    start(std::move(retried));
    must(orders().fail(ref("retried"), {.message = "try again"}));
    start("reset");
    must(orders().signal(ref("reset"), signal("kept")));
    clock_.advance(std::chrono::seconds(1));
    must(orders().reset(ref("reset"), {.request_id = RequestId("reset"), .reason = "again"}));
  }

  void wait() {
    start("waited for");
    for (const int i : {0, 1}) {
      StartRequest waiting = request_of(name("waited for"));
      waiting.request_id = RequestId(name("waits", i));
      waiting.conflict_policy = ConflictPolicy::kEnqueue;
      if (i == 1) waiting.queue_timeout = kDeadline;
      apart_.push_back({waiting.workflow_id, start(waiting).run_id});
    }
  }

  void change() {
    start("signaled");
    for (const char* what : {"one", "two", "three"}) {
      must(orders().signal(ref("signaled"), signal(what)));
    }
    must(orders().signal_with_start(request_of(name("signaled")), signal("four")));
    StartRequest attached = request_of(name("signaled"));
    attached.request_id = RequestId("attached");
    attached.conflict_policy = ConflictPolicy::kUseExisting;
    attached.attach_request_id = true;
    start(std::move(attached));
  }

  /// Takes the middle one of three runs away: a link is left.
  void remove() {
    for (const int i : {0, 1, 2}) {
      StartRequest request = request_of(name("with link"));
      request.request_id = RequestId(name("with link", i));
      const RunRef run{request.workflow_id, start(request).run_id};
      must(orders().complete(run));
      if (i == 1) apart_.push_back(run);
    }
    must(orders().remove(apart_.back()));
  }

  void retire_a_namespace() {
    const Namespace old = runtime_->namespace_("retired " + prefix_);
    must(old.register_namespace({.owner = "somebody", .data = {{"a key", "a value"}}}));
    must(old.deprecate_namespace());
  }

  Runtime* runtime_ = nullptr;
  testing::ManualClock& clock_;
  std::string prefix_;
  std::vector<WorkflowId> ids_;
  std::vector<RunRef> apart_;
  std::vector<RunRef> with_deadline_;
};

}  // namespace onerun::test
