// Namespaces and their counts.
#include <limits>

#include "core/namespace_rules.hpp"
#include "core/record_fields.hpp"
#include "core/validate.hpp"

namespace onerun::core {
namespace {

enum NamespaceField : unsigned {
  kName = 1,
  kId = 2,
  kState = 3,
  kConfigVersion = 4,
  kRetention = 5,
  kStatusRetention = 6,
  kIdRetention = 7,
  kDescription = 8,
  kOwner = 9,
  kData = 10,
  kStartInterval = 11,
  kRateStarts = 12,
  kRatePeriod = 13,
  kKeptSince = 14,
};
enum StatusRetentionField : unsigned { kStatus = 1, kMilliseconds = 2 };
enum CountsField : unsigned { kOpen = 1, kClosed = 2 };

bool read_status_retention(const wire::Field& field, Retention& retention) {
  RunStatus status = RunStatus::kUnspecified;
  Duration duration{};
  const bool read = read_nested(field, [&](const wire::Field& part) {
    if (!part.is_number) return false;
    if (part.id == kStatus && part.number <= 8) status = static_cast<RunStatus>(part.number);
    if (part.id == kMilliseconds) duration = Duration(part.signed_number());
    return part.id == kStatus || part.id == kMilliseconds;
  });
  return read && is_closed(status) && retention.by_status.emplace(status, duration).second;
}

bool read_number(const wire::Field& field, NamespaceRecord& record) {
  switch (field.id) {
    case kState:
      record.state = static_cast<NamespaceState>(field.number);
      return field.number >= 1 && field.number <= 3;
    case kConfigVersion: record.config_version = field.number; return true;
    case kStartInterval:
      record.config.start_interval = Duration(field.signed_number());
      return true;
    case kRateStarts:
      record.config.start_rate.starts = static_cast<std::uint32_t>(field.number);
      return field.number <= std::numeric_limits<std::uint32_t>::max();
    case kRatePeriod:
      record.config.start_rate.period = Duration(field.signed_number());
      return true;
    case kRetention: record.config.retention.closed = Duration(field.signed_number()); return true;
    case kKeptSince: return read_time(field, record.kept_since.emplace());
    case kIdRetention: record.config.retention.ids = Duration(field.signed_number()); return true;
    default: return false;
  }
}

bool read_bytes(const wire::Field& field, NamespaceRecord& record) {
  switch (field.id) {
    case kName: record.name = NamespaceName(field.bytes); return true;
    case kId:
      if (field.bytes.size() != record.id.size()) return false;
      std::copy(field.bytes.begin(), field.bytes.end(), record.id.begin());
      return true;
    case kStatusRetention: return read_status_retention(field, record.config.retention);
    case kDescription: record.config.description = field.bytes; return true;
    case kOwner: record.config.owner = field.bytes; return true;
    case kData: return read_text_map_entry(field, record.config.data);
    default: return false;
  }
}

}  // namespace

std::string encode_namespace(const NamespaceRecord& record) {
  std::string bytes;
  wire::Writer out(bytes);
  out.bytes(kName, record.name.text());
  out.bytes(kId, {reinterpret_cast<const char*>(record.id.data()), record.id.size()});
  out.number(kState, static_cast<std::uint64_t>(record.state));
  out.number(kConfigVersion, record.config_version);
  out.signed_number(kRetention, record.config.retention.closed.count());
  for (const auto& [status, duration] : record.config.retention.by_status) {
    std::string nested;
    wire::Writer part(nested);
    part.number(kStatus, static_cast<std::uint64_t>(status));
    part.signed_number(kMilliseconds, duration.count());
    out.bytes(kStatusRetention, nested);
  }
  if (record.config.retention.ids) {
    out.signed_number(kIdRetention, record.config.retention.ids->count());
  }
  if (record.config.start_interval != Duration::zero()) {
    out.signed_number(kStartInterval, record.config.start_interval.count());
  }
  if (const StartRate& rate = record.config.start_rate; rate != StartRate()) {
    out.number(kRateStarts, rate.starts);
    out.signed_number(kRatePeriod, rate.period.count());
  }
  if (record.kept_since) {
    out.signed_number(kKeptSince, to_ms(*record.kept_since));
  }
  out.bytes_if_any(kDescription, record.config.description);
  out.bytes_if_any(kOwner, record.config.owner);
  write_text_map(out, kData, record.config.data);
  return bytes;
}

Result<NamespaceRecord> decode_namespace(std::string_view bytes) {
  NamespaceRecord record;
  Status status = read_fields(bytes, "namespace", [&](const wire::Field& field) {
    return field.is_number ? read_number(field, record) : read_bytes(field, record);
  });
  if (!status.ok()) return status;
  if (record.name.empty()) return corrupt("namespace: no name");
  if (record.config_version == 0) return corrupt("namespace: no version of the configuration");
  // What says that everything is to be erased must say it twice.
  if (record.state == NamespaceState::kDeleted && !has_deleted_name(record)) {
    return corrupt("namespace: deleted, and not called so");
  }
  status = validate(record.config);
  if (!status.ok()) return corrupt("namespace: " + std::string(status.message()));
  return record;
}

std::string encode_counts(const RunCounts& counts) {
  std::string bytes;
  wire::Writer out(bytes);
  out.number(kOpen, counts.open);
  out.number(kClosed, counts.closed);
  return bytes;
}

Result<RunCounts> decode_counts(std::string_view bytes) {
  RunCounts counts;
  Status status = read_fields(bytes, "counts", [&](const wire::Field& field) {
    if (!field.is_number) return false;
    if (field.id == kOpen) counts.open = field.number;
    if (field.id == kClosed) counts.closed = field.number;
    return field.id == kOpen || field.id == kClosed;
  });
  if (!status.ok()) return status;
  return counts;
}

}  // namespace onerun::core
