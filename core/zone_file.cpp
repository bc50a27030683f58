#include "core/zone_file.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/posix_tz.hpp"

namespace onerun::core {
namespace {

using namespace std::chrono;

Status wrong(std::string_view problem) {
  return Status(StatusCode::kDataLoss, "time zone file: " + std::string(problem));
}

/// The offset from an instant on.
struct Change {
  sys_seconds instant;
  seconds ahead;
};

class FileZone final : public TimeZone {
 public:
  FileZone(seconds first, std::vector<Change> changes, std::optional<PosixTz> rule)
      : first_(first), changes_(std::move(changes)), rule_(std::move(rule)) {}

  ZoneOffset offset_at(sys_seconds instant) const override {
    const auto later = std::ranges::upper_bound(changes_, instant, {}, &Change::instant);
    if (later == changes_.end() && rule_) return rule_->offset_at(instant);
    return {.ahead = later == changes_.begin() ? first_ : std::prev(later)->ahead,
            .until = later == changes_.end() ? sys_seconds::max() : later->instant};
  }

 private:
  seconds first_;  ///< before the first change
  std::vector<Change> changes_;
  std::optional<PosixTz> rule_;
};

/// Takes numbers off the front of the bytes. Once they are too short, it is not whole, and every
/// number is 0.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}

  bool is_whole() const { return is_whole_; }
  std::string_view rest() const { return rest_; }

  std::string_view take(std::size_t size) {
    is_whole_ = is_whole_ && size <= rest_.size();
    if (!is_whole_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  /// Big-endian, with a sign.
  std::int64_t number(std::size_t size) {
    const std::string_view taken = take(size);
    std::uint64_t value = !taken.empty() && (taken.front() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (const char byte : taken) value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(value);
  }

  std::size_t count() { return static_cast<std::uint32_t>(number(4)); }

 private:
  std::string_view rest_;
  bool is_whole_ = true;
};

/// How many there are of each kind of thing.
struct Header {
  char version = 0;
  std::size_t ut_marks = 0;
  std::size_t standard_marks = 0;
  std::size_t leap_seconds = 0;
  std::size_t changes = 0;
  std::size_t types = 0;
  std::size_t letters = 0;

  /// Bytes of what follows, where an instant has so many.
  std::size_t size(std::size_t instant) const {
    return changes * (instant + 1) + types * 6 + letters + leap_seconds * (instant + 4) +
           standard_marks + ut_marks;
  }
};

std::optional<Header> take_header(Bytes& bytes) {
  constexpr std::size_t kReserved = 15;
  if (bytes.take(4) != "TZif") return std::nullopt;
  Header header;
  header.version = static_cast<char>(bytes.number(1));
  bytes.take(kReserved);
  header.ut_marks = bytes.count();
  header.standard_marks = bytes.count();
  header.leap_seconds = bytes.count();
  header.changes = bytes.count();
  header.types = bytes.count();
  header.letters = bytes.count();
  return bytes.is_whole() ? std::optional(header) : std::nullopt;
}

/// The offsets of a zone, without its rule.
struct Table {
  seconds first;
  std::vector<Change> changes;
};

Result<Table> read_table(const Header& header, std::string_view block) {
  constexpr std::size_t kInstant = 8;
  constexpr std::int64_t kMostAhead = 26 * 60 * 60;
  Bytes instants(block);
  Bytes kinds(block.substr(header.changes * kInstant));
  Bytes types(block.substr(header.changes * (kInstant + 1)));
  std::vector<seconds> aheads;
  for (std::size_t i = 0; i < header.types; ++i) {
    const std::int64_t ahead = types.number(4);
    types.take(2);  // whether it is summer, and its name
    if (ahead < -kMostAhead || ahead > kMostAhead) return wrong("an offset of more than a day");
    aheads.emplace_back(ahead);
  }
  Table table{.first = aheads.front(), .changes = {}};
  for (std::size_t i = 0; i < header.changes; ++i) {
    const sys_seconds instant{seconds(instants.number(kInstant))};
    const auto kind = static_cast<std::size_t>(kinds.number(1) & 0xff);
    if (kind >= aheads.size()) return wrong("a change to an offset that is not there");
    const bool is_later = table.changes.empty() || instant > table.changes.back().instant;
    if (!is_later) return wrong("changes that are not in order");
    table.changes.push_back({instant, aheads[kind]});
  }
  return table;
}

}  // namespace

Result<std::unique_ptr<const TimeZone>> read_zone_file(std::string_view file) {
  Bytes bytes(file);
  const auto old = take_header(bytes);
  if (!old) return wrong("it is none");
  if (old->version < '2') return wrong("version 1, without a rule for the present");
  bytes.take(old->size(4));
  const auto header = take_header(bytes);
  if (!header) return wrong("cut off");
  const std::string_view block = bytes.take(header->size(8));
  if (!bytes.is_whole() || header->types == 0) return wrong("cut off");
  if (header->leap_seconds > 0) return wrong("it counts leap seconds");
  auto table = read_table(*header, block);
  if (!table.ok()) return table.status();

  std::string_view footer = bytes.rest();
  if (footer.size() < 2 || !footer.starts_with('\n') || !footer.ends_with('\n')) {
    return wrong("no rule at its end");
  }
  footer = footer.substr(1, footer.size() - 2);
  std::optional<PosixTz> rule;
  if (!footer.empty()) {
    rule = parse_posix_tz(footer);
    if (!rule) return wrong("a rule that can't be read: " + std::string(footer));
  }
  return std::unique_ptr<const TimeZone>(
      std::make_unique<FileZone>(table->first, std::move(table->changes), rule));
}

}  // namespace onerun::core
