// Status and Result: how every call says whether it worked. Nothing here throws.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "onerun/errors.hpp"
#include "onerun/export.hpp"

namespace onerun {

/// What kind of answer it is. The set, the names and the numbers are gRPC's.
enum class StatusCode : std::uint8_t {
  kOk = 0,
  kCancelled = 1,           ///< the caller gave the request up
  kUnknown = 2,             ///< an error of a kind that is not known here
  kInvalidArgument = 3,     ///< wrong whatever the state: InvalidField, InvalidFilter
  kDeadlineExceeded = 4,    ///< the caller's deadline passed first; the request goes on
  kNotFound = 5,            ///< no such namespace, workflow or open run: Missing, AlreadyClosed
  kAlreadyExists = 6,       ///< AlreadyStarted, RunIdInUse, or a namespace of that name
  kPermissionDenied = 7,    ///< the operating system refused
  kResourceExhausted = 8,   ///< a bound was reached, come back later: detail Exhausted
  kFailedPrecondition = 9,  ///< the state does not allow it: NamespaceInvalidState, ShutDown, ...
  kAborted = 10,            ///< lost a race, ask again
  kOutOfRange = 11,         ///< past the end
  kUnimplemented = 12,      ///< not in this build
  kInternal = 13,           ///< a rule of onerun itself was broken; please report it
  kUnavailable = 14,        ///< not now, ask again: OutcomeUnknown, Fenced
  kDataLoss = 15,           ///< stored bytes are lost or damaged: detail Corruption
};

/// Name of the code in lower case with underscores (`already_exists`).
ONERUN_EXPORT std::string_view to_string(StatusCode code);
ONERUN_EXPORT std::ostream& operator<<(std::ostream& out, StatusCode code);

/// Success, or an error with one clear sentence and perhaps a typed detail.
///
/// Threads: a const Status may be read from many threads.
class [[nodiscard]] ONERUN_EXPORT Status {
 public:
  /// Success.
  Status() = default;

  /// An error. Requires a code other than kOk.
  Status(StatusCode code, std::string message, ErrorDetail detail = {});

  bool ok() const { return error_ == nullptr; }
  StatusCode code() const { return ok() ? StatusCode::kOk : error_->code; }

  /// One sentence for a person; empty on success.
  std::string_view message() const { return ok() ? std::string_view() : error_->message; }

  /// The detail of that type, or nullptr.
  template <class Detail>
  const Detail* detail() const {
    return ok() ? nullptr : std::get_if<Detail>(&error_->detail);
  }

  /// `ok`, or the code and the message.
  std::string to_string() const;

 private:
  struct Error {
    StatusCode code;
    std::string message;
    ErrorDetail detail;
  };
  std::shared_ptr<const Error> error_;
};

ONERUN_EXPORT std::ostream& operator<<(std::ostream& out, const Status& status);

namespace detail {
[[noreturn]] ONERUN_EXPORT void value_of_error(const Status& status) noexcept;
}  // namespace detail

/// A value, or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  using Value = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}

  /// Requires an error.
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// Success, or the error.
  Status status() const { return ok() ? Status() : *std::get_if<1>(&state_); }
  StatusCode code() const { return ok() ? StatusCode::kOk : std::get_if<1>(&state_)->code(); }

  /// The value. Asking an error for its value prints the error and ends the program.
  T& value() & { return check(), *std::get_if<0>(&state_); }
  const T& value() const& { return check(), *std::get_if<0>(&state_); }
  T&& value() && { return check(), std::move(*std::get_if<0>(&state_)); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  void check() const {
    if (!ok()) detail::value_of_error(*std::get_if<1>(&state_));
  }

  std::variant<T, Status> state_;
};

}  // namespace onerun
