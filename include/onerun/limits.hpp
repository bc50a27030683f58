// What is too long, too large or too many. Lengths are bytes of UTF-8.
// Source: specification section 7, and design section 8 for retention.
#pragma once

#include <cstddef>

#include "onerun/time.hpp"

namespace onerun::limits {

/// Workflow id, run id, request id, and the names of namespaces, workflow types and identities.
inline constexpr std::size_t kIdBytes = 1000;

/// One payload: an input, a result, the details of a failure or of a cancellation.
inline constexpr std::size_t kPayloadBytes = 2 * 1024 * 1024;

/// The content type of a payload.
inline constexpr std::size_t kContentTypeBytes = 255;

/// A reason or a failure message.
inline constexpr std::size_t kReasonBytes = 64 * 1024;

/// Keys and values of a memo together.
inline constexpr std::size_t kMemoBytes = 2 * 1024 * 1024;

/// Tags of a run: their number, one value, and keys and values together.
inline constexpr std::size_t kTags = 100;
inline constexpr std::size_t kTagValueBytes = 2 * 1024;
inline constexpr std::size_t kTagsBytes = 40 * 1024;

/// Request ids that starts with `attach_request_id` may add to one run.
inline constexpr std::size_t kAttachedRequestIds = 100;

/// Starts in one batch.
inline constexpr std::size_t kStartsPerBatch = 10'000;

/// Keys and values of a namespace's `data`, together.
inline constexpr std::size_t kNamespaceDataBytes = 64 * 1024;

/// Shortest retention of a closed run.
inline constexpr Duration kMinRetention = std::chrono::seconds(1);

/// Longest duration of any kind: 100 years of 365.25 days. Longer ones are refused.
inline constexpr Duration kMaxDuration = std::chrono::hours(24 * 36'525);

/// Retention of a namespace that names none.
inline constexpr Duration kDefaultRetention = std::chrono::hours(24 * 30);

}  // namespace onerun::limits
