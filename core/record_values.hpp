// Values that records are made of: failures, retry policies, request ids of a chain.
#pragma once

#include "core/record_fields.hpp"

namespace onerun::core {

void write_failure(wire::Writer& out, unsigned field, const Failure& failure);
void write_retry_policy(wire::Writer& out, unsigned field, const RetryPolicy& policy);
void write_parent(wire::Writer& out, unsigned field, const ParentLink& parent);
void write_chain_request_id(wire::Writer& out, unsigned field, const ChainRequestId& known);

/// Writes nothing for zero.
inline void write_duration(wire::Writer& out, unsigned field, Duration duration) {
  if (duration != Duration::zero()) out.signed_number(field, duration.count());
}

// Each returns false if the field is not one, or holds what can't be.

bool read_failure(const wire::Field& field, Failure& failure);
bool read_retry_policy(const wire::Field& field, RetryPolicy& policy);
bool read_parent(const wire::Field& field, ParentLink& parent);
bool read_chain_request_id(const wire::Field& field, std::vector<ChainRequestId>& known);
bool read_duration(const wire::Field& field, Duration& duration);

}  // namespace onerun::core
