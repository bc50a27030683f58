#include "tests/linear/linearizable.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>

namespace onerun::linear {
namespace {

using sim::InUse;
using sim::ModelId;

class Search {
 public:
  Search(History history, const Retention& retention)
      : history_(std::move(history)), retention_(retention), done_(history_.size(), false) {
    std::ranges::sort(history_, {}, &Entry::asked);
  }

  std::string contradiction() {
    if (explain_rest(ModelId())) return {};
    std::string text = "after " + std::to_string(longest_.size()) + " of " +
                       std::to_string(history_.size()) + " operations:";
    for (const std::size_t i : longest_) text += "\n  " + to_text(history_[i]);
    text += "\nin " + to_text(longest_state_) + "\nnothing of this fits:";
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (std::ranges::find(longest_, i) == longest_.end()) text += "\n  " + to_text(history_[i]);
    }
    return text;
  }

 private:
  static std::string to_text(const Entry& entry) {
    return sim::to_text(entry.operation) + " -> " + sim::to_text(entry.answer);
  }
  static std::string to_text(const ModelId& state) { return sim::to_text(state); }

  /// True if what is not done yet can be explained from that state on.
  bool explain_rest(const ModelId& state) {
    if (order_.size() == history_.size()) return true;
    if (!been_.insert(place(state)).second) return false;
    for (const std::size_t i : next()) {
      const Entry& entry = history_[i];
      for (const ModelId& after :
           sim::explain(state, entry.operation, retention_, InUse::kMaybe, &entry.answer)) {
        done_[i] = true;
        order_.push_back(i);
        if (explain_rest(after)) return true;
        remember_longest(after);
        order_.pop_back();
        done_[i] = false;
      }
    }
    return false;
  }

  /// Those that may come next: asked before any that is not done had its answer.
  std::vector<std::size_t> next() const {
    std::int64_t first_answered = std::numeric_limits<std::int64_t>::max();
    std::vector<std::size_t> may;
    for (std::size_t i = first_open(); i < history_.size(); ++i) {
      if (done_[i]) continue;
      if (history_[i].asked > first_answered) break;
      first_answered = std::min(first_answered, history_[i].answered);
      may.push_back(i);
    }
    std::erase_if(may, [&](std::size_t i) { return history_[i].asked > first_answered; });
    return may;
  }

  std::size_t first_open() const {
    return static_cast<std::size_t>(std::ranges::find(done_, false) - done_.begin());
  }

  /// Where the search is: what is done beyond the first that is not, and the state.
  std::string place(const ModelId& state) const {
    const std::size_t first = first_open();
    std::string place = std::to_string(first) + ":";
    for (std::size_t i = first; i < done_.size(); ++i) {
      if (done_[i]) place += std::to_string(i - first) + ",";
    }
    return place + to_text(state);
  }

  void remember_longest(const ModelId& state) {
    if (order_.size() <= longest_.size()) return;
    longest_ = order_;
    longest_state_ = state;
  }

  History history_;
  const Retention& retention_;
  std::vector<bool> done_;
  std::vector<std::size_t> order_;
  std::unordered_set<std::string> been_;
  std::vector<std::size_t> longest_;
  ModelId longest_state_;
};

}  // namespace

std::string contradiction(History history, const Retention& retention) {
  return Search(std::move(history), retention).contradiction();
}

}  // namespace onerun::linear
