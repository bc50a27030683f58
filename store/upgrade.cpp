#include "store/upgrade.hpp"

#include <string>
#include <utility>
#include <vector>

#include "core/big_endian.hpp"
#include "core/format2.hpp"
#include "core/history/layout.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/run_index.hpp"
#include "onerun/version.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;
namespace format2 = core::format2;
using core::NamespaceNumber;
using core::WriteSet;

/// Sorts behind every key.
constexpr std::string_view kBehindAll = "\xFF\xFF\xFF\xFF\xFF";

/// A page ends with the record that makes it so long, or so large.
constexpr std::size_t kPageRecords = 1'000;
constexpr std::size_t kPageBytes = 1024 * 1024;

/// A key and its value, outside of a scan: the store may be read while it is looked at.
struct Record {
  std::string key;
  std::string value;
};

Result<std::vector<Record>> read_page(const StoreReader& store, Family family,
                                      const std::string& from) {
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

/// Takes the namespace off the front of a key of the older format.
bool take_namespace(std::string_view& key, NamespaceNumber& name_space) {
  return core::take_big_endian(key, name_space);
}

class Upgrade {
 public:
  Upgrade(const StoreReader& old, const std::function<Status(const WriteSet&)>& write)
      : old_(old), write_(write) {}

  /// The families `open` and `closed` are made from the runs: format 1 had none.
  Status run() {
    Status status = for_each(Family::kMeta, &Upgrade::upgrade_meta);
    if (status.ok()) status = for_each(Family::kHead, &Upgrade::upgrade_head);
    if (status.ok()) status = for_each(Family::kRun, &Upgrade::upgrade_run);
    if (status.ok()) status = for_each(Family::kTimer, &Upgrade::upgrade_timer);
    if (status.ok()) status = for_each(Family::kDue, &Upgrade::upgrade_due);
    if (!status.ok()) return status;
    WriteSet format;
    format.put(Family::kMeta, keys::kFormat, core::big_endian(std::uint64_t{kFormatVersion}));
    return write_(format);
  }

 private:
  using One = Status (Upgrade::*)(const Record&, WriteSet&);

  /// Writes page by page what `one` makes of each record.
  Status for_each(Family family, One one) {
    std::string next;
    while (true) {
      const auto page = read_page(old_, family, next);
      if (!page.ok()) return page.status();
      if (page->empty()) return {};
      WriteSet writes;
      for (const Record& record : *page) {
        Status status = (this->*one)(record, writes);
        if (!status.ok()) return core::locate(status, name_of(family), record.key);
      }
      Status written = writes.empty() ? Status() : write_(writes);
      if (!written.ok()) return written;
      next = keys::after(page->back().key);
    }
  }

  Status upgrade_meta(const Record& record, WriteSet& writes) {
    const auto put = [&](std::string_view key) {
      writes.put(Family::kMeta, key, record.value);
      return Status();
    };
    if (record.key == keys::kFormat) return {};  // written last
    if (record.key == format2::kEpoch) return put(keys::kEpoch);
    if (record.key == format2::kCommit) {
      static_cast<void>(put(keys::kUpgradedAtCommit));
      return put(keys::kCommit);
    }
    if (const auto number = format2::namespace_from_counts_key(record.key)) {
      return put(keys::namespace_counts(*number));
    }
    const bool is_as_before =
        record.key == keys::kNextNamespace || keys::namespace_from_record_key(record.key);
    return is_as_before ? put(record.key) : core::corrupt("not a key of the family");
  }

  Status upgrade_head(const Record& record, WriteSet& writes) {
    NamespaceNumber name_space = 0;
    std::string_view workflow_id = record.key;
    if (!take_namespace(workflow_id, name_space)) return core::corrupt("not a key of a head");
    auto id = format2::decode_head(record.value);
    if (!id.ok()) return id.status();
    if (id->current) {
      Status added = add_events(name_space, workflow_id, *id->current);
      if (!added.ok()) return added;
    }
    writes.put(Family::kHead, format2::in_partition(record.key), core::encode_head(*id));
    return {};
  }

  /// The old format said that a cancel was requested, and not by which event; and so of a pause,
  /// and of the reset that began a run. Its history knows; when that is gone, nobody asks. The
  /// history has another size today, too.
  Status add_events(NamespaceNumber name_space, std::string_view workflow_id, core::RunHead& head) {
    std::string value;
    const auto found = old_.get(Family::kRun, format2::run_key(name_space, head.run_id), value);
    if (!found.ok()) return found.status();
    if (*found) {
      const auto history = format2::upgrade_history(value);
      if (!history.ok()) return history.status();
      const auto run = core::decode_run(head.run_id, *history);
      if (!run.ok()) return run.status();
      // The run id of a run that is gone may have been brought again, for another workflow id.
      if (run->started.workflow_id.text() == workflow_id) {
        head.cancel_event_id = run->head.cancel_event_id;
        head.pause_event_id = run->head.pause_event_id;
        head.begun_at_event = run->head.begun_at_event;
        head.history_size_bytes = run->head.history_size_bytes;
        return {};
      }
    }
    return is_open(head.status) ? core::corrupt("the current run is open, and not there")
                                : Status();
  }

  Status upgrade_run(const Record& record, WriteSet& writes) {
    NamespaceNumber name_space = 0;
    std::string_view rest = record.key;
    if (!take_namespace(rest, name_space)) return core::corrupt("not a key of a run");
    const std::string key = format2::in_partition(record.key);
    if (keys::is_link(key)) {
      writes.put(Family::kRun, key, record.value);
      return {};
    }
    const auto run_id = keys::run_id_from(rest);
    if (!run_id) return core::corrupt("not a key of a run");
    const auto history = format2::upgrade_history(record.value);
    if (!history.ok()) return history.status();
    const auto run = core::decode_run(*run_id, *history);
    if (!run.ok()) return run.status();
    if (run->head.status != RunStatus::kUnspecified) add_to_index(name_space, run->head, writes);
    return core::put_history(writes, name_space, *run_id, *history);
  }

  static void add_to_index(NamespaceNumber name_space, const core::RunHead& head,
                           WriteSet& writes) {
    const core::run_index::Place place{head.start_time, head.run_id};
    writes.put(
        core::run_index::family_of(head.status),
        core::run_index::key(name_space, head.status, place),
        is_open(head.status) ? std::string() : core::run_index::encode_close_time(head.close_time));
  }

  Status upgrade_timer(const Record& record, WriteSet& writes) {
    NamespaceNumber name_space = 0;
    std::string_view rest = record.key;
    if (!take_namespace(rest, name_space)) return core::corrupt("not a key of a timer");
    const auto timer = format2::timer_from(rest);
    if (!timer) return core::corrupt("not a key of a timer");
    writes.put(Family::kTimer, keys::timer(name_space, *timer), record.value);
    return {};
  }

  Status upgrade_due(const Record& record, WriteSet& writes) {
    const std::string key = format2::in_partition(record.key);
    if (!keys::due_from(key)) return core::corrupt("not a key of the family");
    writes.put(Family::kDue, key, record.value);
    return {};
  }

  const StoreReader& old_;
  const std::function<Status(const WriteSet&)>& write_;
};

}  // namespace

Status upgrade(const StoreReader& old, const std::function<Status(const WriteSet&)>& write) {
  return Upgrade(old, write).run();
}

}  // namespace onerun::store
