// A trace: operations on workflow ids, one a line, with the time at which each happened.
#pragma once

#include <onerun/onerun.hpp>

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace onerun::load {

struct TraceOperation {
  enum class Kind { kStart, kComplete, kFail };
  Timestamp at;
  Kind kind;
  std::string workflow_id;
  std::string request_id;  ///< of the start, or of the start that it ends
};

/// Reads a file with the header `at_ms,op,workflow_id,request_id`.
/// Errors: not_found or unavailable if it can't be read; invalid_argument with file and line
/// number.
Result<std::vector<TraceOperation>> read_trace(const std::filesystem::path& file);

/// Reads what such a file holds. `name`: what errors call it.
Result<std::vector<TraceOperation>> read_trace(std::istream& in, const std::string& name);

}  // namespace onerun::load
