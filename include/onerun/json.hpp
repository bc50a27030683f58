// Bridge to nlohmann-json: histories in the form of Temporal's tools, to be kept, looked at and
// replayed elsewhere.
#pragma once

#include <nlohmann/json.hpp>

#include "onerun/export.hpp"
#include "onerun/history.hpp"
#include "onerun/ids.hpp"
#include "onerun/payload.hpp"
#include "onerun/search_attributes.hpp"

namespace onerun {

/// One event: `eventId`, `eventTime`, `eventType`, and the attributes under the name of its kind,
/// such as `workflowExecutionStartedEventAttributes`. Numbers of 64 bits are texts, times are RFC
/// 3339 in UTC, durations are seconds with an `s`, payloads have `metadata` and `data` in base64.
/// Attributes that Temporal does not have are under `onerun`. Empty attributes are left out.
/// `run_id`: the run of the history.
ONERUN_EXPORT nlohmann::ordered_json to_json(const HistoryEvent& event, const RunId& run_id);

/// The events of a page, as `{"events": [...]}`.
ONERUN_EXPORT nlohmann::ordered_json to_json(const HistoryPage& page);

/// A payload, as `{"metadata": {...}, "data": ...}` with bytes in base64.
ONERUN_EXPORT nlohmann::ordered_json to_json(const Payload& payload);

/// For people: the value that the payload has if it is `json/plain`; else as `to_json`.
ONERUN_EXPORT nlohmann::ordered_json readable_json(const Payload& payload);

/// For people: a text, a number, a bool, a list of texts, or a time of RFC 3339.
ONERUN_EXPORT nlohmann::ordered_json readable_json(const SearchAttribute& value);

}  // namespace onerun
