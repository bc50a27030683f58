#include "trace.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

namespace onerun::load {
namespace {

constexpr std::string_view kHeader = "at_ms,op,workflow_id,request_id";
constexpr std::size_t kFields = 4;
constexpr std::size_t kLongestShown = 80;

using Fields = std::array<std::string_view, kFields>;

std::optional<Fields> split(std::string_view line) {
  Fields fields;
  for (std::size_t i = 0; i < kFields; ++i) {
    const auto comma = line.find(',');
    if ((comma == line.npos) != (i + 1 == kFields)) return std::nullopt;
    fields[i] = line.substr(0, comma);
    if (comma != line.npos) line.remove_prefix(comma + 1);
  }
  return fields;
}

std::optional<TraceOperation::Kind> kind_of(std::string_view name) {
  if (name == "start") return TraceOperation::Kind::kStart;
  if (name == "complete") return TraceOperation::Kind::kComplete;
  if (name == "fail") return TraceOperation::Kind::kFail;
  return std::nullopt;
}

std::string in_quotes(std::string_view text) {
  const bool cut = text.size() > kLongestShown;
  return '"' + std::string(text.substr(0, kLongestShown)) + (cut ? "...\"" : "\"");
}

/// The operation of a line, or what is wrong with it.
std::optional<TraceOperation> parse(std::string_view line, std::string& problem) {
  const auto fields = split(line);
  if (!fields) {
    problem = in_quotes(line) + " does not have the fields " + std::string(kHeader);
    return std::nullopt;
  }
  const auto& [at, op, workflow_id, request_id] = *fields;
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(at.data(), at.data() + at.size(), ms);
  const auto kind = kind_of(op);
  if (error != std::errc() || end != at.data() + at.size()) {
    problem = "at_ms is " + in_quotes(at) + "; allowed: milliseconds since 1970";
  } else if (!kind) {
    problem = "op is " + in_quotes(op) + "; allowed: start, complete, fail";
  } else if (workflow_id.empty() || workflow_id.size() > limits::kIdBytes) {
    problem = "workflow_id has " + std::to_string(workflow_id.size()) + " bytes; allowed: 1 to " +
              std::to_string(limits::kIdBytes);
  } else if (request_id.empty() || request_id.size() > limits::kIdBytes) {
    problem = "request_id has " + std::to_string(request_id.size()) + " bytes; allowed: 1 to " +
              std::to_string(limits::kIdBytes);
  } else {
    return TraceOperation{Timestamp(Duration(ms)), *kind, std::string(workflow_id),
                          std::string(request_id)};
  }
  return std::nullopt;
}

Status bad_line(const std::string& name, std::size_t line, const std::string& problem) {
  return Status(StatusCode::kInvalidArgument,
                "trace " + name + ", line " + std::to_string(line) + ": " + problem);
}

}  // namespace

Result<std::vector<TraceOperation>> read_trace(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    return Status(StatusCode::kInvalidArgument, "trace " + file.string() + " is a directory");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    const auto code = errno == ENOENT ? StatusCode::kNotFound : StatusCode::kUnavailable;
    return Status(
        code, "can't read trace " + file.string() + ": " + std::generic_category().message(errno));
  }
  return read_trace(in, file.string());
}

Result<std::vector<TraceOperation>> read_trace(std::istream& in, const std::string& name) {
  std::vector<TraceOperation> operations;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (number == 1) {
      if (line != kHeader) {
        return bad_line(name, 1,
                        "the header is " + in_quotes(line) + "; allowed: " + std::string(kHeader));
      }
      continue;
    }
    if (line.empty()) continue;
    std::string problem;
    auto operation = parse(line, problem);
    if (!operation) return bad_line(name, number, problem);
    operations.push_back(std::move(*operation));
  }
  if (in.bad()) {
    return Status(StatusCode::kUnavailable, "can't read trace " + name);
  }
  if (operations.empty()) return bad_line(name, 1, "the trace is empty");
  return operations;
}

}  // namespace onerun::load
