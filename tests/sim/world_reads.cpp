// What is read while the rest goes on, and compared with the model and with itself.
#include <algorithm>
#include <iterator>
#include <map>

#include "tests/sim/world.hpp"
#include "tests/sim/world_parts.hpp"
#include "tests/support/less_of_runs.hpp"

namespace onerun::sim {
namespace {

using Runs = std::vector<ListedRun>;

/// A filter, and which runs it matches.
struct Filter {
  std::string text;
  std::function<bool(const ListedRun&)> matches;
  bool follows_links = false;  ///< as the runs of an id: of what had expired the way may end
};

Filter by_status(RunStatus status) {
  return {"ExecutionStatus = " + std::to_string(static_cast<int>(status)),
          [status](const ListedRun& one) { return one.run.status == status; }};
}

Filter by_workflow_id(const std::string& id) {
  return {.text = "WorkflowId = '" + id + "'",
          .matches = [id](const ListedRun& one) { return one.workflow_id.text() == id; },
          .follows_links = true};
}

/// One after the other, each that can be read quickly and some that can't.
Filter filter_of(std::uint64_t number, const Runs& all) {
  const ListedRun some = all.empty() ? ListedRun() : all[number % all.size()];
  switch (number % 10) {
    case 0: return by_status(RunStatus::kRunning);
    case 1: return by_status(RunStatus::kFailed);
    case 2: return by_status(RunStatus::kTerminated);
    case 3: return by_workflow_id(Requests::kIds[number / 8 % Requests::kIds.size()]);
    case 4:
      return {"RunId = '" + some.run.run_id.text() + "'",
              [id = some.run.run_id](const ListedRun& one) { return one.run.run_id == id; }};
    case 5:
      return {"of IS NULL",
              [](const ListedRun& one) { return !one.search_attributes.contains("of"); }};
    case 6:
      return {"CloseTime IS NOT NULL AND NOT ExecutionStatus = 'Completed'",
              [](const ListedRun& one) {
                return one.run.close_time && one.run.status != RunStatus::kCompleted;
              }};
    case 7:
      return {"bytes BETWEEN 5 AND 1e3", [](const ListedRun& one) {
                const auto found = one.search_attributes.find("bytes");
                if (found == one.search_attributes.end()) return false;
                const auto bytes = std::get<std::int64_t>(found->second);
                return bytes >= 5 && bytes <= 1'000;
              }};
    case 8:
      return {"is_padded != true", [](const ListedRun& one) {
                const auto found = one.search_attributes.find("is_padded");
                return found == one.search_attributes.end() || !std::get<bool>(found->second);
              }};
    default:
      return {"StartTime >= " +
                  std::to_string(
                      std::chrono::nanoseconds(some.run.start_time.time_since_epoch()).count()),
              [from = some.run.start_time](const ListedRun& one) {
                return one.run.start_time >= from;
              }};
  }
}

std::string to_text(const Runs& runs) {
  std::string text;
  for (const ListedRun& one : runs) text += " " + one.run.run_id.text();
  return text;
}

bool tells_the_same(const ListedRun& listed, const RunDescription& described) {
  return described.run == listed.run && described.workflow_type == listed.workflow_type &&
         described.execution_time == listed.execution_time && described.memo == listed.memo &&
         described.search_attributes == listed.search_attributes;
}

}  // namespace

void World::describe() {
  const WorkflowId id = requests_.some_id();
  const RunRef run{id, requests_.some_run(id)};
  checker_.described(run, engine_->describe(kNamespace, run).get());
  checker_.chain_read(run, engine_->chain(kNamespace, run, limits::kRunsPerPage).get());
}

/// The runs that a filter matches, in pages.
std::vector<ListedRun> World::list_by(const std::string& filter, std::size_t page_size) {
  ListRequest request{.filter = filter, .page_size = page_size};
  Runs runs;
  do {
    const auto page = engine_->list(kNamespace, request).get();
    if (!page.ok()) {
      checker_.complain("list: " + filter + ": " + page.status().to_string());
      return runs;
    }
    runs.insert(runs.end(), page->runs.begin(), page->runs.end());
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  const auto counted = engine_->count(kNamespace, filter).get();
  const bool same = counted.ok() && *counted == runs.size();
  if (!same) {
    checker_.complain("list: " + filter + ": " + std::to_string(runs.size()) + " runs, counted " +
                      (counted.ok() ? std::to_string(*counted) : counted.status().to_string()));
  }
  return runs;
}

/// The list has what can be described, and nothing else, and says the same of it.
void World::list() {
  const std::size_t page_size = 1 + draw(5);
  const Runs all = list_by("", page_size);
  std::map<RunRef, const ListedRun*, test::LessOfRuns> listed;
  for (const ListedRun& run : all) {
    const RunRef ref{run.workflow_id, run.run.run_id};
    const bool is_new = listed.emplace(ref, &run).second;
    if (!is_new) return checker_.complain("list: has twice " + ref.run_id.text());
    const auto described = engine_->describe(kNamespace, ref).get();
    if (!described.ok() || !tells_the_same(run, *described)) {
      return checker_.complain("list: has another run than describe: " + ref.run_id.text());
    }
    checker_.described(ref, described);
  }
  for (const RunRef& run : checker_.known_runs()) {
    const auto described = engine_->describe(kNamespace, run).get();
    const bool is_run = described.ok() && described->queue_position == 0;
    if (!is_run || listed.contains(run)) continue;
    return checker_.complain("list: lacks " + run.run_id.text());
  }
  list_some(all, page_size);
}

/// A filter leaves out what it does not match, and keeps the order of the rest.
void World::list_some(const std::vector<ListedRun>& all, std::size_t page_size) {
  const auto earlier = std::ranges::adjacent_find(all, [](const auto& one, const auto& next) {
    return one.run.start_time < next.run.start_time;
  });
  if (earlier != all.end()) return checker_.complain("list: not the last one first");
  const Filter filter = filter_of(looked_++, all);
  Runs matching;
  std::ranges::copy_if(all, std::back_inserter(matching), filter.matches);
  const Runs found = list_by(filter.text, page_size);
  if (filter.follows_links && may_lack_links_) {
    std::erase_if(matching, [&](const ListedRun& one) {
      return std::ranges::find(found, one) == found.end();
    });
  }
  if (found == matching) return;
  checker_.complain("list: " + filter.text + "\n    got" + to_text(found) + "\n    not" +
                    to_text(matching));
}

void World::read_history() {
  const WorkflowId id = requests_.some_id();
  const RunRef run{id, requests_.some_run(id)};
  const auto whole = engine_->history(kNamespace, run, 1, limits::kEventsPerPage).get();
  checker_.read(run, whole);
  if (whole.ok()) read_in_pages({id, whole->run_id}, *whole);
}

/// Page by page it is the same.
void World::read_in_pages(const RunRef& run, const HistoryPage& whole) {
  const std::size_t limit = 1 + looked_++ % 3;
  HistoryPage read{.run_id = whole.run_id, .new_execution_run_id = whole.new_execution_run_id};
  bool has_more = true;
  while (has_more) {
    const auto page = engine_->history(kNamespace, run, read.next_event_id, limit).get();
    if (!page.ok()) return checker_.complain("history: " + page.status().to_string());
    read.events.insert(read.events.end(), page->events.begin(), page->events.end());
    read.next_event_id = page->next_event_id;
    read.is_last = page->is_last;
    has_more = !page->events.empty() && !page->is_last;
  }
  if (read != whole) checker_.complain("history: other pages of " + run.run_id.text());
}

void World::list_runs() { list_runs_of(requests_.some_id()); }

/// All at once, and page by page. Not if a start has brought one of the run ids: a page does not
/// know a run from one before it that had its id, if both began in one millisecond.
void World::list_runs_of(const WorkflowId& id) {
  const auto runs = engine_->runs(kNamespace, id, limits::kRunsPerPage, {}).get();
  if (!runs.ok()) return checker_.complain("the runs of an id: " + runs.status().to_string());
  checker_.listed(id, *runs);
  const bool may_repeat = std::ranges::any_of(
      *runs, [](const RunInfo& run) { return run.run_id.text().starts_with(Requests::kOwnRunId); });
  if (may_repeat) return;
  const std::size_t limit = 1 + looked_++ % 3;
  std::vector<RunInfo> read;
  bool has_more = true;
  while (has_more) {
    const RunId before = read.empty() ? RunId() : read.back().run_id;
    const auto page = engine_->runs(kNamespace, id, limit, before).get();
    if (!page.ok()) return checker_.complain("the runs of an id: " + page.status().to_string());
    read.insert(read.end(), page->begin(), page->end());
    has_more = page->size() == limit && read.size() <= runs->size();
  }
  if (read == *runs) return;
  std::string text = "the runs of an id: other pages of " + id.text() + "\n    got";
  for (const RunInfo& run : read) text += " " + run.run_id.text();
  text += "\n    not";
  for (const RunInfo& run : *runs) text += " " + run.run_id.text();
  checker_.complain(std::move(text));
}

/// For the end of a run, and for what happens to it until then: of the current run for those of the
/// one that is current now.
void World::wait_closed() {
  const WorkflowId id = requests_.some_id();
  const RunRef asked{id, requests_.some_run(id)};
  const auto found = engine_->describe(kNamespace, asked).get();
  const RunRef run{id, found.ok() ? found->run.run_id : asked.run_id};
  const std::uint64_t wait = ++last_wait_;
  waiting_[wait] = run;
  engine_->wait_closed(kNamespace, asked)
      .then([this, wait, run, life = life_](const Result<RunDescription>& answer) {
        if (life != life_) return;
        waiting_.erase(wait);
        if (!answer.ok() && is_unknown(answer.status())) return;
        checker_.closed(run, answer);
      });
  const std::uint64_t next = found.ok() ? found->history_length + 1 : 1;
  looked_++ % 2 == 0 ? wait_history(asked, run, next) : subscribe(asked, run);
}

void World::wait_history(const RunRef& asked, const RunRef& run, std::uint64_t next_event_id) {
  const std::uint64_t listener = ++last_listener_;
  listeners_[listener] = {.run = run, .next_event_id = next_event_id};
  engine_->wait_history(kNamespace, asked, next_event_id, limits::kEventsPerPage)
      .then([this, listener, life = life_](const Result<HistoryPage>& page) {
        if (life != life_) return;
        const bool has_news = !page.ok() || !page->events.empty() || page->is_last;
        if (!has_news) checker_.complain("who waits for events was told of none");
        listen(listener, page);
        listeners_.erase(listener);
      });
}

void World::subscribe(const RunRef& asked, const RunRef& run) {
  const std::uint64_t number = ++last_listener_;
  auto subscribed =
      engine_->subscribe(kNamespace, asked,
                         [this, number, life = life_](const Result<HistoryPage>& page) {
                           if (life == life_) listen(number, page);
                         },
                         {.follow_chain = true});
  if (!subscribed.ok()) return checker_.read(run, subscribed.status());
  listeners_[number] = {.run = run, .subscription = std::move(*subscribed)};
}

/// It is told of events in order and without gaps, along the chain.
void World::listen(std::uint64_t number, const Result<HistoryPage>& page) {
  Listener& listener = listeners_.at(number);
  if (!page.ok() && is_unknown(page.status())) {
    listener.has_ended = true;
    return;
  }
  checker_.read(listener.run, page, listener.next_event_id);
  listener.has_ended = !page.ok() || (page->is_last && page->new_execution_run_id.empty());
  if (listener.has_ended) return;
  listener.next_event_id = page->is_last ? 1 : page->next_event_id;
  if (page->is_last) listener.run.run_id = page->new_execution_run_id;
}

}  // namespace onerun::sim
