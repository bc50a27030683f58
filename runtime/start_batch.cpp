// Many starts at once: admitted together, decided one by one, answered in one piece.
#include <atomic>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "core/check.hpp"
#include "core/fault.hpp"
#include "core/sizes.hpp"
#include "core/validate.hpp"
#include "onerun/detail/promise.hpp"
#include "onerun/limits.hpp"
#include "runtime/engine.hpp"
#include "runtime/without_exceptions.hpp"

namespace onerun::runtime {
namespace {

using core::NamespaceUse;
using metrics::Operation;
using StartAnswer = Result<StartResult>;
using BatchAnswer = Result<std::vector<StartAnswer>>;

/// Collects the answers of a batch; the last one answers for all.
class Batch {
 public:
  explicit Batch(std::size_t size)
      : answers_(size, StartAnswer(Status(StatusCode::kUnknown, "not answered"))),
        waiting_(size + 1) {}

  Future<BatchAnswer> future() const { return promise_.future(); }

  void answer(std::size_t position, StartAnswer answer) {
    const std::size_t place = ONERUN_FAULT(kMixBatch) ? answers_.size() - 1 - position : position;
    answers_[place] = std::move(answer);
    done();
  }

  /// One of the answers, or the one who hands the batch out, is done.
  void done() {
    if (waiting_.fetch_sub(1) == 1) promise_.set(std::move(answers_));
  }

 private:
  std::vector<StartAnswer> answers_;
  std::atomic<std::size_t> waiting_;
  Promise<BatchAnswer> promise_;
};

/// A promise of one of the answers. `nullopt`, and answered, if there is no memory for it: others
/// of the batch may be under way already.
std::optional<Promise<StartAnswer>> promise_for(const std::shared_ptr<Batch>& batch,
                                                std::size_t position) {
  try {
    Promise<StartAnswer> promise;
    promise.future().then(
        [batch, position](StartAnswer answer) { batch->answer(position, std::move(answer)); });
    return promise;
  } catch (const std::bad_alloc&) {
    batch->answer(position, out_of_memory());
    return std::nullopt;
  }
}

}  // namespace

Future<BatchAnswer> Engine::start_batch(const NamespaceName& name,
                                        std::vector<core::StartCommand> commands) {
  const actors::Admission::Visit visit(admission_);
  return without_exceptions<Future<BatchAnswer>>(
      [&] { return start_all(name, std::move(commands)); });
}

Future<BatchAnswer> Engine::start_all(const NamespaceName& name,
                                      std::vector<core::StartCommand> commands) {
  if (commands.size() > limits::kStartsPerBatch) {
    return refuse<BatchAnswer>(
        Operation::kStart,
        core::too_large("requests", commands.size(), limits::kStartsPerBatch, "starts"));
  }
  Status valid = core::validate(name);
  if (!valid.ok()) return refuse<BatchAnswer>(Operation::kStart, valid);

  std::vector<std::size_t> sizes;
  sizes.reserve(commands.size());
  for (const core::StartCommand& command : commands) sizes.push_back(core::size_bytes(command));
  auto slots = admission_.enter_all(sizes);
  if (!slots.ok()) return refuse<BatchAnswer>(Operation::kStart, slots.status());
  const auto name_space = enter(name, NamespaceUse::kStart);
  if (!name_space.ok()) return refuse<BatchAnswer>(Operation::kStart, name_space.status());

  const auto batch = std::make_shared<Batch>(commands.size());
  Future<BatchAnswer> future = batch->future();
  std::vector<bool> acceptable(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    Status status = core::validate(commands[i]);
    if (status.ok()) status = core::validate_schedule(commands[i], zones_);
    acceptable[i] = status.ok();
    if (status.ok()) continue;
    metrics_.answered(Operation::kStart, status.code(), std::chrono::nanoseconds(0));
    batch->answer(i, std::move(status));
  }
  // From here on nothing may fail for the batch as a whole: parts of it are under way.
  const Timestamp now = options_.clock->now();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (!acceptable[i]) continue;
    auto promise = promise_for(batch, i);
    if (!promise) continue;
    try {
      actors::ActorRuntime::route(std::make_shared<actors::Request>(
          actors::NamespaceEntry::Use(*name_space), std::move((*slots)[i]), Operation::kStart, now,
          std::move(commands[i]), std::move(*promise)));
    } catch (const std::bad_alloc&) {
      // The promise went with the request, and has answered for it.
    }
  }
  batch->done();
  return future;
}

}  // namespace onerun::runtime
