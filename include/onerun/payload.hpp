// What the application brings and onerun only carries: payloads, failures, short texts.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "onerun/time.hpp"

namespace onerun {

/// Opaque bytes and the name of their encoding. onerun never looks inside and never logs them.
struct Payload {
  std::string data = {};          ///< at most limits::kPayloadBytes
  std::string content_type = {};  ///< such as `application/json`; at most limits::kContentTypeBytes

  friend bool operator==(const Payload&, const Payload&) = default;
};

/// Why a run failed, in the application's words.
struct Failure {
  std::string message = {};  ///< at most limits::kReasonBytes
  std::string type = {};     ///< a name to sort failures by; at most limits::kIdBytes
  Payload details = {};
  bool non_retryable = false;  ///< no retry policy helps
  /// Time to the retry, instead of the retry policy's own; its maximum interval still bounds it.
  std::optional<Duration> next_retry_delay = {};

  friend bool operator==(const Failure&, const Failure&) = default;
};

/// Short texts that travel with a run: for people (memo) or for finding it (tags).
using TextMap = std::map<std::string, std::string>;

}  // namespace onerun
