#include "store/upgrade.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/big_endian.hpp"
#include "core/history/layout.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/run_index.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;
using core::NamespaceNumber;
using core::WriteSet;

/// Sorts behind every key of a namespace.
constexpr std::string_view kBehindAll = "\xFF\xFF\xFF\xFF\xFF";

/// A page ends with the record that makes it so long, or so large.
constexpr std::size_t kPageRecords = 1'000;
constexpr std::size_t kPageBytes = 1024 * 1024;

/// A key and its value, outside of a scan: the store may be read while it is looked at.
struct Record {
  std::string key;
  std::string value;
};

/// Reads a page of a family from a key on.
Result<std::vector<Record>> read_page(const Store& store, Family family, const std::string& from) {
  std::vector<Record> page;
  std::size_t bytes = 0;
  Status scanned =
      store.scan(family, from, kBehindAll, [&](std::string_view key, std::string_view value) {
        page.push_back({std::string(key), std::string(value)});
        bytes += value.size();
        return page.size() < kPageRecords && bytes < kPageBytes;
      });
  if (!scanned.ok()) return scanned;
  return page;
}

class Upgrade {
 public:
  Upgrade(const Store& store, const std::function<Status(const WriteSet&)>& write)
      : store_(store), write_(write) {}

  /// Heads first: an open run that lies in batches is read with its head.
  Status run() {
    Status status = for_each(Family::kHead, &Upgrade::upgrade_head);
    return status.ok() ? for_each(Family::kRun, &Upgrade::upgrade_run) : status;
  }

 private:
  using One = Status (Upgrade::*)(NamespaceNumber, std::string_view rest, const Record&, WriteSet&);

  /// Writes page by page what `one` makes of each record. `rest`: the key behind the namespace.
  Status for_each(Family family, One one) {
    std::string next;
    while (true) {
      const auto page = read_page(store_, family, next);
      if (!page.ok()) return page.status();
      if (page->empty()) return {};
      WriteSet writes;
      for (const Record& record : *page) {
        std::string_view rest = record.key;
        NamespaceNumber name_space = 0;
        Status status = core::take_big_endian(rest, name_space)
                            ? (this->*one)(name_space, rest, record, writes)
                            : core::corrupt("not a key of a namespace");
        if (!status.ok()) return core::locate(status, name_of(family), record.key);
      }
      Status written = writes.empty() ? Status() : write_(writes);
      if (!written.ok()) return written;
      next = keys::after(page->back().key);
    }
  }

  /// Format 2 said that a cancel was requested, and not by which event; and so of a pause, and of
  /// the reset that began a run.
  Status upgrade_head(NamespaceNumber name_space, std::string_view, const Record& record,
                      WriteSet& writes) {
    auto id = core::decode_head_of_format_2(record.value);
    if (!id.ok()) return id.status();
    if (!id->current) return {};
    core::RunHead& head = *id->current;
    const bool names_events = head.status == RunStatus::kPaused || head.cancel_requested() ||
                              !head.original_execution_run_id.empty();
    if (!names_events) return {};
    std::string value;
    const auto found = store_.get(Family::kRun, keys::run(name_space, head.run_id), value);
    if (!found.ok()) return found.status();
    if (!*found) return {};  // gone, and with it all that the event ids lead to
    const auto run = core::decode_run(head.run_id, value);
    if (!run.ok()) return run.status();
    if (run->has_batches) return {};  // the upgrade has come to the runs before
    head.cancel_event_id = run->head.cancel_event_id;
    head.pause_event_id = run->head.pause_event_id;
    head.begun_at_event = run->head.begun_at_event;
    const std::string encoded = core::encode_head(*id);
    if (encoded != record.value) writes.put(Family::kHead, record.key, encoded);
    return {};
  }

  Status upgrade_run(NamespaceNumber name_space, std::string_view rest, const Record& record,
                     WriteSet& writes) {
    if (keys::is_link(record.key)) return {};
    const auto run_id = keys::run_id_from(rest);
    if (!run_id) return core::corrupt("not a key of a run");
    const auto run = core::decode_run(*run_id, record.value);
    if (!run.ok()) return run.status();
    const bool is_done = run->has_batches || run->head.status == RunStatus::kUnspecified;
    if (is_done) return {};
    Status indexed = add_to_index(name_space, run->head, writes);
    if (!indexed.ok() || !may_have_batches(run->head)) return indexed;
    return core::put_history(writes, name_space, *run_id, record.value);
  }

  /// Format 1 had no index of runs. A key of it is put once.
  Status add_to_index(NamespaceNumber name_space, const core::RunHead& head, WriteSet& writes) {
    const Family family = core::run_index::family_of(head.status);
    const std::string key =
        core::run_index::key(name_space, head.status, {head.start_time, head.run_id});
    std::string value;
    const auto found = store_.get(family, key, value);
    if (!found.ok()) return found.status();
    if (*found) return {};
    writes.put(
        family, key,
        is_open(head.status) ? std::string() : core::run_index::encode_close_time(head.close_time));
    return {};
  }

  const Store& store_;
  const std::function<Status(const WriteSet&)>& write_;
};

}  // namespace

Status upgrade(const Store& store, const std::function<Status(const WriteSet&)>& write) {
  return Upgrade(store, write).run();
}

}  // namespace onerun::store
