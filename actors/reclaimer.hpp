// Removes what has expired, page by page: runs whose retention has ended, workflow ids whose last
// run has, and deleted namespaces with all they held.
//
// A page is read first and removed through the commit log with guards, so that a start or a change
// of policy that came between wins. The next page waits until the last is through the log: removal
// never has more than a page before the starts that are behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "actors/namespace_entry.hpp"
#include "actors/services.hpp"
#include "core/keys.hpp"

namespace onerun::actors {

/// Threads: one at a time.
class Reclaimer {
 public:
  /// Removals in one page. A start that comes meanwhile waits for its commit: with more the starts
  /// get slower, with fewer the removals (docs/performance.md).
  static constexpr std::size_t kPage = 64;
  /// Keys of a deleted namespace in one page. Each page walks over what those before have erased.
  static constexpr std::size_t kErasedKeys = 512;
  /// How far expired runs are counted for the metric.
  static constexpr std::uint64_t kMaxCounted = 100'000;
  /// Passes between two that look from the very beginning instead of where the last stopped.
  static constexpr unsigned kPassesBetweenFullScans = 600;

  using Namespaces = std::vector<std::shared_ptr<NamespaceEntry>>;

  /// `gone`: called once everything of a deleted namespace is removed, from the log's thread.
  Reclaimer(Services& services, std::function<void(const NamespaceEntry&)> gone)
      : services_(services), gone_(std::move(gone)) {}

  /// Begins a pass over these namespaces. Requires that none is under way. `from_the_beginning`:
  /// also over what the passes before have been through; a run may have closed behind them.
  void begin(const Namespaces& namespaces, bool from_the_beginning);

  /// Puts the removals of the next page into the log. `page_done` is called, from the log's thread,
  /// when they are through. Returns false, and calls nothing, if the pass is over.
  bool next_page(std::function<void()> page_done);

  /// Ends the pass, and lets go of a page that is under way and of what `page_done` holds.
  void abandon() {
    page_.reset();
    ranges_.clear();
  }

  /// Runs that were reclaimed since the runtime was opened.
  std::uint64_t reclaimed() const { return reclaimed_; }

 private:
  /// Part of a pass: what waits in one range of the due family, or a deleted namespace.
  struct Range {
    std::shared_ptr<NamespaceEntry> name_space;
    core::keys::DueStage stage = core::keys::DueStage::kRun;
    RunStatus status = RunStatus::kUnspecified;  ///< kUnspecified: remove the namespace
  };

  /// A removal that is about to be made.
  struct DueRun {
    std::string key;
    core::keys::Due due;
    WorkflowId workflow_id;
  };

  /// What came out of the groups of a page; read when the page is done.
  struct Page {
    std::size_t groups = 0;
    std::size_t waiting = 0;
    std::size_t aborted = 0;
    std::size_t runs = 0;
    std::string next_key = {};  ///< where the range goes on
    bool is_last_of_range = false;
    std::function<void()> done;
  };
  class PageCompletion;

  using Cursor = std::tuple<core::NamespaceNumber, core::keys::DueStage, RunStatus>;

  void finish_page();
  std::string first_key(const Range& range) const;
  std::string last_key(const Range& range, const core::NamespaceRecord& record) const;
  std::vector<DueRun> read_due(const Range& range, const core::NamespaceRecord& record);
  bool reclaim_due(const Range& range);
  bool remove_namespace(const Range& range);
  Cursor cursor_of(const Range& range) const;
  std::optional<store::Group> removal_of(const Range& range, const DueRun& due,
                                         const Retention& retention, store::Ticket since);
  bool remove_run(store::Group& group, core::NamespaceNumber name_space, const DueRun& due,
                  const core::WorkflowState& id, const Retention& retention);
  Result<std::optional<core::RunHead>> closed_run(core::NamespaceNumber name_space,
                                                  const DueRun& due, const core::WorkflowState& id);
  static void remove_traces(core::WriteSet& writes, core::NamespaceNumber name_space,
                            const DueRun& due, const core::RunHead& run,
                            const Retention& retention);
  void remove_head(store::Group& group, core::NamespaceNumber name_space, const DueRun& due,
                   const core::WorkflowState& id, const Retention& retention);
  void remove_link(store::Group& group, core::NamespaceNumber name_space, const DueRun& due,
                   const core::WorkflowState& id, const Retention& retention);
  Result<std::size_t> erase_some(const NamespaceEntry& entry, core::WriteSet& writes);
  void append(std::vector<store::Group> groups, bool are_runs);
  void count_due();
  void report(const Status& status, std::string_view what);

  Services& services_;
  const std::function<void(const NamespaceEntry&)> gone_;
  std::vector<Range> ranges_;
  std::size_t at_ = 0;
  Timestamp now_{};
  unsigned passes_ = 0;
  std::shared_ptr<Page> page_;
  std::map<Cursor, std::string> cursors_;  ///< where a range has something first
  std::uint64_t due_ = 0;
  Duration lag_{};
  std::uint64_t reclaimed_ = 0;
};

}  // namespace onerun::actors
