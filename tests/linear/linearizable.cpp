#include "tests/linear/linearizable.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_set>

namespace onerun::linear {
namespace {

using sim::InUse;
using sim::ModelId;
using sim::Operation;

constexpr std::size_t kMostPlaces = 100'000;  // hard histories take some thousands

class Search {
 public:
  Search(History history, const Retention& retention, Timestamp now)
      : history_(std::move(history)),
        retention_(retention),
        now_(now),
        done_(history_.size(), false) {
    std::ranges::sort(history_, {}, &Entry::asked);
    for (const Entry& entry : history_) {
      std::visit([this](const auto& what) { learn(what); }, entry.what);
    }
  }

  std::string contradiction() {
    if (explain_rest(ModelId())) return {};
    std::string text = gave_up() ? "not known, there are too many orders; after " : "after ";
    text +=
        std::to_string(longest_.size()) + " of " + std::to_string(history_.size()) + " operations:";
    for (const std::size_t i : longest_) text += "\n  " + to_text(history_[i]);
    text += "\nin " + to_text(longest_state_) + "\nnothing of this fits:";
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (std::ranges::find(longest_, i) == longest_.end()) text += "\n  " + to_text(history_[i]);
    }
    return text;
  }

 private:
  static std::string to_text(const ModelId& state) { return sim::to_text(state); }
  static std::string to_text(const Entry& entry) {
    return std::visit([](const auto& what) { return to_text(what); }, entry.what);
  }
  static std::string to_text(const Changed& changed) {
    return sim::to_text(changed.operation) + " -> " + sim::to_text(changed.answer);
  }
  static std::string to_text(const Described& read) {
    return "describe " + read.run.run_id.text() + " -> " +
           (read.answer.ok() ? sim::to_text(*read.answer) : read.answer.status().to_string());
  }
  static std::string to_text(const HistoryRead& read) {
    std::string text = "history of " + read.run.run_id.text() + " -> ";
    if (!read.answer.ok()) return text + read.answer.status().to_string();
    text += read.answer->run_id.text();
    for (const HistoryEvent& event : read.answer->events) {
      text += " " + std::string(onerun::to_string(event.type()));
    }
    return text;
  }

  /// True if what is not done yet can be explained from that state on.
  bool explain_rest(const ModelId& state) {
    const std::size_t before = order_.size();
    do_reads(state);
    if (order_.size() == history_.size()) return true;
    if (!gave_up() && been_.insert(place(state)).second && change(state)) return true;
    remember_longest(state);
    while (order_.size() > before) undo();
    return false;
  }

  /// What makes orders possible that nothing tells apart until much later is to be told to the
  /// search, as below; otherwise it takes all memory there is.
  bool gave_up() const { return been_.size() >= kMostPlaces; }

  /// One of the changes comes next.
  bool change(const ModelId& state) {
    for (const std::size_t i : next()) {
      const auto* changed = std::get_if<Changed>(&history_[i].what);
      if (changed == nullptr) continue;
      for (const ModelId& after :
           sim::explain(state, changed->operation, retention_, InUse::kMaybe, &changed->answer)) {
        if (!may_come_to_what_was_told(after)) continue;
        do_next(i);
        if (explain_rest(after)) return true;
        undo();
      }
    }
    return false;
  }

  /// What was told of a run at any time, and must come: the order of two signals may be read much
  /// later than it was decided, and to go back then would be to try all that was done meanwhile.
  struct Told {
    const HistoryPage* history = nullptr;  ///< the longest one
    const RunInfo* closed = nullptr;       ///< once it was
    std::uint64_t length = 0;              ///< of the history of the closed run; 0: not told
    RunId base = {};                       ///< that a reset copied to begin it
  };

  /// An answer that repeats an earlier one tells less of the run.
  static bool may_be_repeated(Operation::Kind kind) {
    switch (kind) {
      case Operation::Kind::kClose:
      case Operation::Kind::kRemove:
      case Operation::Kind::kCancel:
      case Operation::Kind::kContinue: return false;
      default: return true;
    }
  }

  void learn(const Changed& changed) {
    const auto* told = std::get_if<Result<RunInfo>>(&changed.answer);
    if (told == nullptr || !told->ok() || may_be_repeated(changed.operation.kind)) return;
    if (is_closed((*told)->status)) told_[(*told)->run_id].closed = &**told;
  }
  void learn(const Described& read) {
    if (!read.answer.ok()) return;
    const RunDescription& told = *read.answer;
    const RunId& id = told.run.run_id;
    if (is_closed(told.run.status)) {
      told_[id].closed = &told.run;
      told_[id].length = told.history_length;
    }
    if (!told.base_run_id.empty()) told_[id].base = told.base_run_id;
    if (!told.reset_run_id.empty()) told_[told.reset_run_id].base = id;
  }
  void learn(const HistoryRead& read) {
    if (!read.answer.ok()) return;
    const HistoryPage*& longest = told_[read.answer->run_id].history;
    if (longest == nullptr || longest->events.size() < read.answer->events.size()) {
      longest = &*read.answer;
    }
  }

  /// Of the runs that a change may have touched or begun.
  bool may_come_to_what_was_told(const ModelId& state) const {
    constexpr std::size_t kTouched = 3;
    const std::size_t first = state.runs.size() - std::min(state.runs.size(), kTouched);
    return std::all_of(state.runs.begin() + static_cast<std::ptrdiff_t>(first), state.runs.end(),
                       [this](const sim::ModelRun& run) {
                         const auto found = told_.find(run.id);
                         if (found == told_.end()) return true;
                         const auto& [history, closed, length, base] = found->second;
                         const bool is_same_reset =
                             base.empty() || !run.is_reset || run.base.empty() || run.base == base;
                         return is_same_reset &&
                                (history == nullptr || may_come_to(run, *history)) &&
                                (closed == nullptr || may_come_to(run, *closed, length));
                       });
  }

  /// A read that tells this state may as well come now: it changes nothing, so whatever is possible
  /// with it later is possible without it. Every answer is in the history, so no run of a state has
  /// an id that a read would be the first to tell.
  void do_reads(const ModelId& state) {
    for (bool has_found = true; has_found;) {
      has_found = false;
      for (const std::size_t i : next()) {
        if (!std::visit([&](const auto& what) { return tells(what, state); }, history_[i].what)) {
          continue;
        }
        do_next(i);
        has_found = true;
      }
    }
  }

  static bool tells(const Changed&, const ModelId&) { return false; }
  bool tells(const Described& read, const ModelId& state) const {
    return !explain_description(state, read.run, retention_, now_, read.answer).empty();
  }
  bool tells(const HistoryRead& read, const ModelId& state) const {
    return !explain_history(state, read.run, retention_, now_, read.answer).empty();
  }

  void do_next(std::size_t i) {
    done_[i] = true;
    order_.push_back(i);
  }

  void remember_longest(const ModelId& state) {
    if (order_.size() <= longest_.size()) return;
    longest_ = order_;
    longest_state_ = state;
  }

  void undo() {
    done_[order_.back()] = false;
    order_.pop_back();
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

  /// Where the search is: what is done beyond the first that is not, and the state. Its text leaves
  /// out the ends of long inputs, which no change depends on.
  std::string place(const ModelId& state) const {
    const std::size_t first = first_open();
    std::string place = std::to_string(first) + ":";
    for (std::size_t i = first; i < done_.size(); ++i) {
      if (done_[i]) place += std::to_string(i - first) + ",";
    }
    return place + to_text(state);
  }

  History history_;
  const Retention& retention_;
  const Timestamp now_;
  std::map<RunId, Told> told_;
  std::vector<bool> done_;
  std::vector<std::size_t> order_;
  std::unordered_set<std::string> been_;
  std::vector<std::size_t> longest_;
  ModelId longest_state_;
};

}  // namespace

std::string contradiction(History history, const Retention& retention, Timestamp now) {
  return Search(std::move(history), retention, now).contradiction();
}

}  // namespace onerun::linear
