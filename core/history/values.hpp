// Values of one type inside the fields of a record: one pair of functions a type. `write_value`
// leaves out an empty value. `read_value` returns false for bytes that are no such value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/record_payloads.hpp"
#include "core/record_values.hpp"

namespace onerun::core {

inline void write_value(wire::Writer& out, unsigned field, const std::string& text) {
  out.bytes_if_any(field, text);
}
inline bool read_value(const wire::Field& field, std::string& text) {
  text = field.bytes;
  return !field.is_number;
}

template <class Tag>
void write_value(wire::Writer& out, unsigned field, const TextId<Tag>& id) {
  out.bytes_if_any(field, id.text());
}
template <class Tag>
bool read_value(const wire::Field& field, TextId<Tag>& id) {
  id = TextId<Tag>(field.bytes);
  return !field.is_number;
}

inline void write_value(wire::Writer& out, unsigned field, const RunId& run_id) {
  write_run_id(out, field, run_id);
}
inline bool read_value(const wire::Field& field, RunId& run_id) {
  return !field.is_number && read_run_id(field, run_id);
}

inline void write_value(wire::Writer& out, unsigned field, Duration duration) {
  write_duration(out, field, duration);
}
inline bool read_value(const wire::Field& field, Duration& duration) {
  return read_duration(field, duration);
}

inline void write_value(wire::Writer& out, unsigned field, const std::optional<Timestamp>& time) {
  if (time) out.signed_number(field, to_ms(*time));
}
inline bool read_value(const wire::Field& field, std::optional<Timestamp>& time) {
  return read_time(field, time.emplace());
}

inline void write_value(wire::Writer& out, unsigned field, const Payloads& payloads) {
  write_payloads(out, field, payloads);
}
inline bool read_value(const wire::Field& field, Payloads& payloads) {
  return read_payload(field, payloads);
}

inline void write_value(wire::Writer& out, unsigned field, const PayloadMap& map) {
  write_payload_map(out, field, map);
}
inline bool read_value(const wire::Field& field, PayloadMap& map) {
  return read_payload_map_entry(field, map);
}

inline void write_value(wire::Writer& out, unsigned field, const SearchAttributes& attributes) {
  write_search_attributes(out, field, attributes);
}
inline bool read_value(const wire::Field& field, SearchAttributes& attributes) {
  return read_search_attribute(field, attributes);
}

inline void write_value(wire::Writer& out, unsigned field,
                        const std::optional<ParentLink>& parent) {
  if (parent) write_parent(out, field, *parent);
}
inline bool read_value(const wire::Field& field, std::optional<ParentLink>& parent) {
  return read_parent(field, parent.emplace());
}

inline void write_value(wire::Writer& out, unsigned field, const std::optional<Failure>& failure) {
  if (failure) write_failure(out, field, *failure);
}
inline bool read_value(const wire::Field& field, std::optional<Failure>& failure) {
  return read_failure(field, failure.emplace());
}

inline void write_value(wire::Writer& out, unsigned field,
                        const std::optional<RetryPolicy>& policy) {
  if (policy) write_retry_policy(out, field, *policy);
}
inline bool read_value(const wire::Field& field, std::optional<RetryPolicy>& policy) {
  return read_retry_policy(field, policy.emplace());
}

inline void write_value(wire::Writer& out, unsigned field, const std::vector<ChainRequestId>& ids) {
  for (const ChainRequestId& known : ids) write_chain_request_id(out, field, known);
}
inline bool read_value(const wire::Field& field, std::vector<ChainRequestId>& ids) {
  return read_chain_request_id(field, ids);
}

inline void write_value(wire::Writer& out, unsigned field, const std::vector<RequestId>& ids) {
  for (const RequestId& id : ids) out.bytes(field, id.text());
}
inline bool read_value(const wire::Field& field, std::vector<RequestId>& ids) {
  ids.emplace_back(field.bytes);
  return !field.is_number;
}

}  // namespace onerun::core
