// What is too long, too large or too many. Lengths are bytes of UTF-8.
// Source: specification section 7, and design section 8 for retention.
#pragma once

#include <cstddef>

#include "onerun/time.hpp"

namespace onerun::limits {

/// Workflow id, run id, request id, and the names of namespaces, workflow types and identities.
inline constexpr std::size_t kIdBytes = 1000;

/// An input, a result, the details of a failure or of a cancellation: data and metadata of its
/// payloads together, the number of its payloads, and the metadata of one.
inline constexpr std::size_t kPayloadBytes = 2 * 1024 * 1024;
inline constexpr std::size_t kPayloads = 10'000;
inline constexpr std::size_t kMetadataEntries = 100;
/// A reason or a failure message.
inline constexpr std::size_t kReasonBytes = 64 * 1024;
/// Names and payloads of a memo together, and of a header.
inline constexpr std::size_t kMemoBytes = 2 * 1024 * 1024;
inline constexpr std::size_t kHeaderBytes = 2 * 1024 * 1024;

/// Search attributes of a run: their number, one value, and names and values together. A number, a
/// bool and a time have 8 bytes; a keyword list has 8 beside each text.
inline constexpr std::size_t kSearchAttributes = 100;
inline constexpr std::size_t kSearchAttributeBytes = 2 * 1024;
inline constexpr std::size_t kSearchAttributesBytes = 40 * 1024;

/// Request ids that starts with `attach_request_id` may add to one run.
inline constexpr std::size_t kAttachedRequestIds = 100;
/// Starts in one batch.
inline constexpr std::size_t kStartsPerBatch = 10'000;
/// Starts that wait for the open run of one workflow id.
inline constexpr std::size_t kQueuedStarts = 100;

/// Runs of a chain that a reset looks through for signals, and bytes of their histories.
inline constexpr std::size_t kResetRuns = 1'000;
inline constexpr std::size_t kResetBytes = 100 * 1024 * 1024;

/// Removed runs in a row between two that `runs` and `list` go over.
inline constexpr std::size_t kRemovedRuns = 100'000;
/// Signals that one run takes.
inline constexpr std::size_t kSignalsPerRun = 10'000;
/// Events and bytes of one run's history, as far as signals add to it.
inline constexpr std::size_t kHistoryEvents = 51'200;
inline constexpr std::size_t kHistoryBytes = 50 * 1024 * 1024;

/// Events of a history that one call gives.
inline constexpr std::size_t kEventsPerPage = 256;
/// Runs that one call gives.
inline constexpr std::size_t kRunsPerPage = 1'000;
/// Keys and values of a namespace's `data`, together.
inline constexpr std::size_t kNamespaceDataBytes = 64 * 1024;
/// Types of failures that a retry policy lists.
inline constexpr std::size_t kNonRetryableTypes = 100;
/// Request ids of earlier runs that a chain answers for: those that began it and what it goes back
/// to, and the latest that were attached or came with signals.
inline constexpr std::size_t kChainRequestIds = 101;

/// Shortest time from the beginning of one run to that of the next one in a chain that continues
/// as new.
inline constexpr Duration kMinRunInterval = std::chrono::seconds(1);

/// A filter: its text, its conditions, and how deep NOTs and parentheses stand in each other.
inline constexpr std::size_t kFilterBytes = 8 * 1024;
inline constexpr std::size_t kFilterConditions = 100;
inline constexpr std::size_t kFilterDepth = 32;

/// A page of `list` ends, full or not, when so many runs have been looked at for it, or histories
/// of so many bytes read, or when the runs on it have so many bytes of texts.
inline constexpr std::size_t kRunsLookedAtPerPage = 10'000;
inline constexpr std::size_t kBytesReadPerPage = 64 * 1024 * 1024;
inline constexpr std::size_t kPageBytes = 4 * 1024 * 1024;
/// The token of a page.
inline constexpr std::size_t kPageTokenBytes = 8 * 1024;

/// Shortest retention of a closed run.
inline constexpr Duration kMinRetention = std::chrono::seconds(1);
/// Longest duration of any kind: 100 years of 365.25 days. Longer ones are refused.
inline constexpr Duration kMaxDuration = std::chrono::hours(24 * 36'525);
/// Retention of a namespace that names none.
inline constexpr Duration kDefaultRetention = std::chrono::hours(24 * 30);

}  // namespace onerun::limits
