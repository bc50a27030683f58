// A loader of facts whose answers come when the test says so, as those of a remote store would.
#pragma once

#include <deque>
#include <functional>
#include <new>
#include <optional>
#include <utility>

#include "actors/store_loader.hpp"

namespace onerun::actors::test {

/// Answers in place until `is_late` is set. Threads: one at a time.
class LateLoader final : public FactLoader {
 public:
  explicit LateLoader(const RunReader& reader) : store_(reader) {}

  std::optional<Answer> load_now(const Question& question) const override {
    if (is_late) return std::nullopt;
    return store_.load_now(question);
  }

  void load_later(Question question, std::function<void(Answer)> done) const override {
    asked_.push_back([this, question = std::move(question), done = std::move(done)] {
      if (fails.ok()) return store_.load_later(question, done);
      done(fails);
    });
    if (throws) throw std::bad_alloc();
  }

  std::size_t asked() const { return asked_.size(); }

  /// Answers the question that was asked first. Returns false if none waits.
  bool answer_one() {
    if (asked_.empty()) return false;
    const auto answer = std::move(asked_.front());
    asked_.pop_front();
    answer();
    return true;
  }

  bool is_late = false;
  Status fails = {};    ///< the answer to late questions, unless it is ok
  bool throws = false;  ///< once a question is asked, as if there were no memory for more

 private:
  const StoreLoader store_;
  mutable std::deque<std::function<void()>> asked_;
};

}  // namespace onerun::actors::test
