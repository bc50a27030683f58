#include "store/candidates.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "core/keys.hpp"
#include "core/retention.hpp"
#include "store/stored.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;
namespace run_index = core::run_index;
using core::NamespaceNumber;

bool is_in_order(const Candidate& a, const Candidate& b) { return a.place < b.place; }

/// The index: a range for each status that is asked for, read some entries at a time and merged.
///
/// Open runs come first: what the others have of a stretch of places is read after what is open
/// there. The reads are not of one instant, and a run that closes between them leaves the one
/// family and enters the other at once; in this order it is seen open, or closed, or both, but
/// never not at all.
class IndexedCandidates final : public Candidates {
 public:
  IndexedCandidates(const Store& store, NamespaceNumber name_space,
                    const core::FilterBounds& bounds, std::string from)
      : store_(store), name_space_(name_space), bounds_(bounds), from_(std::move(from)) {
    const auto asks_for = [&](RunStatus status) {
      return bounds.statuses[static_cast<std::size_t>(status)];
    };
    if (asks_for(RunStatus::kRunning) || asks_for(RunStatus::kPaused)) {
      ranges_.push_back({RunStatus::kRunning, from_});
    }
    for (const RunStatus status : core::kClosedStatuses) {
      if (asks_for(status)) ranges_.push_back({status, from_});
    }
  }

  Result<std::vector<Candidate>> next() override {
    std::vector<Candidate> merged;
    while (merged.empty() && !is_done()) {
      Status read = read_where_needed();
      if (!read.ok()) return read;
      merge_into(merged);
    }
    return merged;
  }

  bool is_done() const override {
    return std::ranges::all_of(
        ranges_, [](const Range& range) { return range.entries.empty() && range.is_read; });
  }

 private:
  /// Entries of one status that are read at a time.
  static constexpr std::size_t kEntries = 256;

  struct Range {
    RunStatus status;
    std::string from;  ///< the first place that was not read
    std::deque<Candidate> entries = {};
    bool is_read = false;  ///< to its end

    bool needs_more() const { return entries.empty() && !is_read; }
  };

  Status read_where_needed() {
    const bool has_open = !ranges_.empty() && is_open(ranges_.front().status);
    if (has_open && ranges_.front().needs_more()) {
      // What is read of the others from now on is read after it.
      for (Range& range : ranges_) range = {range.status, from_};
    }
    for (Range& range : ranges_) {
      Status read = range.needs_more() ? read_entries(range) : Status();
      if (!read.ok()) return read;
    }
    return {};
  }

  Status read_entries(Range& range) {
    const Family family = run_index::family_of(range.status);
    const std::string prefix = run_index::prefix_of(name_space_, range.status);
    const std::string end = run_index::behind(name_space_, range.status, bounds_.earliest_start);
    Status status;
    Status scanned = store_.scan(
        family, prefix + range.from, end, [&](std::string_view key, std::string_view value) {
          auto entry = run_index::entry_from(family, key);
          const auto close_time = run_index::close_time_from(value);
          if (!entry || close_time.has_value() != is_closed(range.status)) {
            status = core::locate(core::corrupt("not an entry of the index"), name_of(family), key);
            return false;
          }
          range.entries.push_back({.place = std::string(key.substr(prefix.size())),
                                   .indexed = {std::move(entry->place), range.status, close_time}});
          return range.entries.size() < kEntries;
        });
    range.is_read = range.entries.size() < kEntries;
    if (!range.is_read) range.from = keys::after(range.entries.back().place);
    return scanned.ok() ? status : scanned;
  }

  /// Takes entries in order until more of a status have to be read.
  void merge_into(std::vector<Candidate>& merged) {
    while (std::ranges::none_of(ranges_, &Range::needs_more)) {
      Range* first = nullptr;
      for (Range& range : ranges_) {
        if (range.entries.empty()) continue;
        if (first == nullptr || is_in_order(range.entries.front(), first->entries.front())) {
          first = &range;
        }
      }
      if (first == nullptr) return;
      Candidate candidate = std::move(first->entries.front());
      first->entries.pop_front();
      if (candidate.place < from_) continue;  // seen open, and closed as well
      from_ = keys::after(candidate.place);
      merged.push_back(std::move(candidate));
    }
  }

  const Store& store_;
  const NamespaceNumber name_space_;
  const core::FilterBounds& bounds_;
  std::vector<Range> ranges_;  ///< the open one first
  std::string from_;           ///< the first place that was not given yet
};

Candidate candidate_from(core::RunRecord run) {
  const core::RunHead& head = run.head;
  Candidate candidate{
      .place = {},
      .indexed = {
          .place = {head.start_time, head.run_id},
          .status = is_open(head.status) ? RunStatus::kRunning : head.status,
          .close_time = is_closed(head.status) ? std::optional(head.close_time) : std::nullopt}};
  candidate.place = run_index::encode_place(candidate.indexed.place);
  candidate.run = std::make_shared<core::RunRecord>(std::move(run));
  return candidate;
}

/// Runs by their ids: as many as a filter can name.
class NamedCandidates final : public Candidates {
 public:
  NamedCandidates(const Store& store, NamespaceNumber name_space, const std::vector<RunId>& run_ids,
                  std::string from)
      : store_(store), name_space_(name_space), run_ids_(run_ids), from_(std::move(from)) {}

  /// All at once: only when all are read it is known which comes first.
  Result<std::vector<Candidate>> next() override {
    std::vector<Candidate> found;
    if (std::exchange(done_, true)) return found;
    for (const RunId& run_id : run_ids_) {
      auto run = read_run(store_, name_space_, run_id);
      if (!run.ok()) return run.status();
      if (!*run || (*run)->run.head.status == RunStatus::kUnspecified) continue;
      Candidate candidate = candidate_from(std::move((*run)->run));
      candidate.run.reset();  // read again when its turn comes: all of them may be long
      if (candidate.place >= from_) found.push_back(std::move(candidate));
    }
    std::ranges::sort(found, is_in_order);
    return found;
  }

  bool is_done() const override { return done_; }

 private:
  const Store& store_;
  const NamespaceNumber name_space_;
  const std::vector<RunId>& run_ids_;
  const std::string from_;
  bool done_ = false;
};

/// The runs of one workflow id in the order of places: links lead back in time, but runs of one
/// millisecond may lie in another order.
class OrderedRuns {
 public:
  OrderedRuns(LinkedRuns runs, std::string from) : runs_(std::move(runs)), from_(std::move(from)) {}

  /// The next one; null if there is none.
  Result<Candidate*> front() {
    while (group_.empty()) {
      auto read = read_group();
      if (!read.ok()) return read;
      if (group_.empty() && !ahead_) return static_cast<Candidate*>(nullptr);
    }
    return &group_.front();
  }

  Candidate take() {
    Candidate first = std::move(group_.front());
    group_.pop_front();
    return first;
  }

 private:
  /// All runs that started in the millisecond of the next one.
  Status read_group() {
    Status read = ahead_ ? Status() : read_ahead();
    if (!read.ok() || !ahead_) return read;
    const Timestamp start = ahead_->head.start_time;
    const RunId first = ahead_->head.run_id;
    while (ahead_ && ahead_->head.start_time == start) {
      Candidate candidate = candidate_from(std::move(*ahead_));
      candidate.resume_at = first;
      if (candidate.place >= from_) group_.push_back(std::move(candidate));
      read = read_ahead();
      if (!read.ok()) return read;
    }
    std::ranges::sort(group_, is_in_order);
    return {};
  }

  Status read_ahead() {
    ahead_.reset();
    auto next = runs_.next();
    if (!next.ok()) return next.status();
    ahead_ = std::move(*next);
    return {};
  }

  LinkedRuns runs_;
  std::string from_;
  std::deque<Candidate> group_;
  std::optional<core::RunRecord> ahead_;
};

/// The runs of some workflow ids.
class LinkedCandidates final : public Candidates {
 public:
  LinkedCandidates(const Store& store, NamespaceNumber name_space, const core::FilterBounds& bounds,
                   const std::string& from, const RunId& resume_at)
      : is_one_(bounds.workflow_ids->size() == 1), earliest_start_(bounds.earliest_start) {
    for (const WorkflowId& workflow_id : *bounds.workflow_ids) {
      runs_.emplace_back(LinkedRuns(store, name_space, workflow_id, is_one_ ? resume_at : RunId()),
                         from);
    }
  }

  Result<std::vector<Candidate>> next() override {
    OrderedRuns* first = nullptr;
    const std::string* place = nullptr;
    for (OrderedRuns& runs : runs_) {
      const auto front = runs.front();
      if (!front.ok()) return front.status();
      const bool is_over =
          *front == nullptr || (*front)->indexed.place.start_time < earliest_start_;
      if (is_over || (place != nullptr && *place <= (*front)->place)) continue;
      first = &runs;
      place = &(*front)->place;
    }
    std::vector<Candidate> found;
    done_ = first == nullptr;
    if (done_) return found;
    found.push_back(first->take());
    if (!is_one_) found.back().resume_at = {};
    return found;
  }

  bool is_done() const override { return done_; }

 private:
  const bool is_one_;
  const Timestamp earliest_start_;
  std::vector<OrderedRuns> runs_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<Candidates> candidates_of(const Store& store, NamespaceNumber name_space,
                                          const core::FindQuery& query,
                                          const core::PageEnd* after) {
  const core::FilterBounds& bounds = query.bounds();
  std::string from = after == nullptr ? std::string() : keys::after(after->place);
  if (bounds.admits_nothing()) {
    static const std::vector<RunId> kNone;
    return std::make_unique<NamedCandidates>(store, name_space, kNone, std::move(from));
  }
  if (bounds.run_ids) {
    return std::make_unique<NamedCandidates>(store, name_space, *bounds.run_ids, std::move(from));
  }
  if (bounds.workflow_ids) {
    return std::make_unique<LinkedCandidates>(store, name_space, bounds, from,
                                              after == nullptr ? RunId() : after->resume_at);
  }
  from = std::max(from, run_index::place_from_time(bounds.latest_start));
  return std::make_unique<IndexedCandidates>(store, name_space, bounds, std::move(from));
}

}  // namespace onerun::store
