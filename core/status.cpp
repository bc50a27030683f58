// Status: codes, texts, and what happens when an error is asked for its value.
#include "onerun/status.hpp"

#include <cstdio>
#include <cstdlib>
#include <ostream>

namespace onerun {

std::string_view to_string(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return "ok";
    case StatusCode::kCancelled: return "cancelled";
    case StatusCode::kUnknown: return "unknown";
    case StatusCode::kInvalidArgument: return "invalid_argument";
    case StatusCode::kDeadlineExceeded: return "deadline_exceeded";
    case StatusCode::kNotFound: return "not_found";
    case StatusCode::kAlreadyExists: return "already_exists";
    case StatusCode::kPermissionDenied: return "permission_denied";
    case StatusCode::kResourceExhausted: return "resource_exhausted";
    case StatusCode::kFailedPrecondition: return "failed_precondition";
    case StatusCode::kAborted: return "aborted";
    case StatusCode::kOutOfRange: return "out_of_range";
    case StatusCode::kUnimplemented: return "unimplemented";
    case StatusCode::kInternal: return "internal";
    case StatusCode::kUnavailable: return "unavailable";
    case StatusCode::kDataLoss: return "data_loss";
  }
  return "unknown";
}

std::ostream& operator<<(std::ostream& out, StatusCode code) { return out << to_string(code); }

Status::Status(StatusCode code, std::string message, ErrorDetail detail)
    : error_(std::make_shared<const Error>(
          Error{code == StatusCode::kOk ? StatusCode::kInternal : code, std::move(message),
                std::move(detail)})) {}

std::string Status::to_string() const {
  std::string text(onerun::to_string(code()));
  if (!ok()) text += ": " + error_->message;
  return text;
}

std::ostream& operator<<(std::ostream& out, const Status& status) {
  return out << status.to_string();
}

void detail::value_of_error(const Status& status) noexcept {
  std::fprintf(stderr, "onerun: the value of an error was asked for: %s\n",
               status.to_string().c_str());
  std::abort();
}

}  // namespace onerun
