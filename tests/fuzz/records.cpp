// Any bytes as any record, or as a file beside the store: they are read or refused with a reason,
// and what is read is written as the same again.
#include "core/records.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/format2.hpp"
#include "core/history/codec.hpp"
#include "core/keys.hpp"
#include "core/run_index.hpp"
#include "store/files.hpp"
#include "tests/support/history.hpp"

namespace {

using namespace onerun;

void require(bool holds) {
  if (!holds) std::abort();
}

template <class Record, class Decode, class Encode>
void round_trip(std::string_view bytes, Decode decode, Encode encode) {
  const Result<Record> record = decode(bytes);
  if (!record.ok()) {
    require(record.code() == StatusCode::kDataLoss);
    require(record.status().template detail<Corruption>() != nullptr);
    return;
  }
  const Result<Record> again = decode(encode(*record));
  require(again.ok() && *again == *record);
}

void read_run(std::string_view bytes) {
  const auto run = core::decode_run(RunId(std::string_view("run")), bytes);
  require(run.ok() || run.code() == StatusCode::kDataLoss);
  const auto page = core::test::read_history(RunId(std::string_view("run")), bytes, 1, 10);
  require(page.ok() == run.ok());
  if (!run.ok()) return;
  const bool waits = run->head.status == RunStatus::kUnspecified;  // and has no event yet
  require(run->has_batches || run->events_beside == run->head.history_length);
  require(!run->started.workflow_id.empty() && waits == (run->head.history_length == 0));
  require(page->events.size() == std::min<std::uint64_t>(run->events_beside, 10));
}

/// Whatever is read as a key is the key that is written for it.
void read_keys(std::string_view bytes) {
  core::NamespaceNumber number = 0;
  std::string_view rest = bytes;
  static_cast<void>(core::keys::take_namespace(rest, number));
  if (const auto due = core::keys::due_from(bytes)) {
    require(core::keys::due(number, *due) == bytes);
  }
  if (const auto timer = core::keys::timer_from(bytes)) {
    require(core::keys::timer(number, *timer) == bytes);
  }
  if (const auto link = core::keys::link_from(bytes)) {
    require(core::keys::is_link(bytes) && core::keys::link(number, *link) == bytes);
  }
  if (const auto key = core::keys::event_key_from(bytes)) {
    const bool is_batch = key->last_event_id > 0;
    require((is_batch ? core::keys::event_batch(number, key->run_id, key->last_event_id)
                      : core::keys::signal_request(number, key->run_id, key->signal_request_id)) ==
            bytes);
  }
  if (const auto run = core::keys::run_id_from(bytes)) {
    require(core::keys::encode_run_id(*run) == bytes);
  }
  static_cast<void>(core::keys::namespace_from_record_key(bytes));
  static_cast<void>(core::keys::namespace_from_counts_key(bytes));
}

void read_index(std::string_view bytes) {
  if (const auto place = core::run_index::place_from(bytes)) {
    require(core::run_index::encode_place(*place) == bytes);
  }
  for (const core::Family family : {core::Family::kOpen, core::Family::kClosed}) {
    if (const auto entry = core::run_index::entry_from(family, bytes)) {
      require(core::run_index::family_of(entry->status) == family);
      require(core::run_index::key(entry->name_space, entry->status, entry->place) == bytes);
    }
  }
  if (const auto close_time = core::run_index::close_time_from(bytes)) {
    require(core::run_index::encode_close_time(*close_time) == bytes);
  }
}

void read_format_file(std::string_view bytes) {
  if (const auto version = store::decode_format(bytes)) {
    require(*version > 0 && store::decode_format(store::encode_format(*version)) == version);
  }
}

/// The mark stands in its place as it would be written there.
void read_high_water(std::string_view bytes) {
  const auto mark = store::decode_marks(bytes);
  if (!mark) return;
  require(bytes.size() <= store::kMarkPlaces * store::kMarkPlaceBytes);
  const std::string_view place =
      bytes.substr(mark->place * store::kMarkPlaceBytes, store::kMarkPlaceBytes);
  require(store::encode_mark(mark->number) == place);
}

/// A history of format 2. What it becomes is made of records, one for each.
void upgrade(std::string_view bytes) {
  namespace format2 = core::format2;
  static_cast<void>(format2::decode_head(bytes));
  static_cast<void>(format2::timer_from(bytes));
  const auto upgraded = format2::upgrade_history(bytes);
  if (!upgraded.ok()) return require(upgraded.code() == StatusCode::kDataLoss);
  std::string_view records = *upgraded;
  for (; !bytes.empty(); require(core::take_record(records).ok())) {
    require(core::take_record(bytes).ok());
  }
  require(records.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 10) {
    case 0: round_trip<core::WorkflowState>(bytes, core::decode_head, core::encode_head); break;
    case 1:
      round_trip<core::NamespaceRecord>(bytes, core::decode_namespace, core::encode_namespace);
      break;
    case 2: round_trip<core::RunCounts>(bytes, core::decode_counts, core::encode_counts); break;
    case 3: read_run(bytes); break;
    case 4: read_keys(bytes); break;
    case 5: round_trip<core::Link>(bytes, core::decode_link, core::encode_link); break;
    case 6: read_index(bytes); break;
    case 7: read_format_file(bytes); break;
    case 8: read_high_water(bytes); break;
    default: upgrade(bytes); break;
  }
  return 0;
}
