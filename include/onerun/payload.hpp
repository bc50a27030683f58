// What the application brings and onerun only carries: payloads and failures.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onerun/export.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// Opaque bytes, and metadata that says how to read them, as Temporal's data converters and codecs
/// have it. onerun keeps both as they are and never logs them.
struct Payload {
  /// By name, such as `encoding` or `messageType`. Names are UTF-8 and not empty, values are bytes.
  /// At most limits::kMetadataEntries.
  std::map<std::string, std::string> metadata = {};
  std::string data = {};

  /// A text of JSON. Encoding `json/plain`. The text is not checked.
  ONERUN_EXPORT static Payload json(std::string text);
  /// Any bytes. Encoding `binary/plain`.
  ONERUN_EXPORT static Payload bytes(std::string data);
  /// No value. Encoding `binary/null`.
  ONERUN_EXPORT static Payload null();

  /// The metadata of the name `encoding`; empty if there is none. Refers to this payload.
  ONERUN_EXPORT std::string_view encoding() const;

  friend bool operator==(const Payload&, const Payload&) = default;
};

/// The arguments of a call, or its results, in order. At most limits::kPayloads, and together at
/// most limits::kPayloadBytes of data and metadata.
using Payloads = std::vector<Payload>;

/// Payloads by name: a memo or a header. Names are UTF-8 and not empty.
using PayloadMap = std::map<std::string, Payload>;

/// Why a run failed, in the application's words.
struct Failure {
  std::string message = {};  ///< at most limits::kReasonBytes
  std::string type = {};     ///< a name to sort failures by; at most limits::kIdBytes
  Payloads details = {};
  bool non_retryable = false;  ///< no retry policy helps
  /// Time to the retry, instead of the retry policy's own; its maximum interval still bounds it.
  std::optional<Duration> next_retry_delay = {};

  friend bool operator==(const Failure&, const Failure&) = default;
};

/// Short texts by name.
using TextMap = std::map<std::string, std::string>;

}  // namespace onerun
