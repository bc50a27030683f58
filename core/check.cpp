#include "core/check.hpp"

#include "core/text.hpp"

namespace onerun::core {
namespace {

std::string bytes_of_utf8(std::size_t least, std::size_t most) {
  return std::to_string(least) + " to " + std::to_string(most) + " bytes of UTF-8";
}

Status bad_text(std::string_view field, std::string_view text, std::string_view problem,
                std::size_t least, std::size_t limit) {
  const std::string allowed = bytes_of_utf8(least, limit);
  std::string message = std::string(field) + " " + std::string(problem) + " (" +
                        std::to_string(text.size()) + " bytes: \"" + printable(text) +
                        "\"); allowed: " + allowed;
  return Status(StatusCode::kInvalidArgument, std::move(message),
                InvalidField{.field = std::string(field),
                             .value = printable(text),
                             .limit = allowed,
                             .size = text.size(),
                             .limit_size = limit});
}

std::string to_text(Duration duration) { return std::to_string(duration.count()) + "ms"; }

}  // namespace

Status invalid_field(std::string_view field, std::string_view value, std::string_view limit) {
  return Status(
      StatusCode::kInvalidArgument,
      std::string(field) + " is " + std::string(value) + "; allowed: " + std::string(limit),
      InvalidField{.field = std::string(field),
                   .value = std::string(value),
                   .limit = std::string(limit),
                   .size = {},
                   .limit_size = {}});
}

Status too_large(std::string_view field, std::uint64_t size, std::uint64_t limit,
                 std::string_view unit) {
  const std::string allowed = "at most " + std::to_string(limit) + " " + std::string(unit);
  const std::string value = std::to_string(size) + " " + std::string(unit);
  return Status(StatusCode::kInvalidArgument,
                std::string(field) + " has " + value + "; allowed: " + allowed,
                InvalidField{.field = std::string(field),
                             .value = value,
                             .limit = allowed,
                             .size = size,
                             .limit_size = limit});
}

Status check_text(std::string_view field, std::string_view text, std::size_t limit) {
  if (text.size() > limit) return bad_text(field, text, "is too long", 0, limit);
  if (!is_utf8(text)) return bad_text(field, text, "is not UTF-8", 0, limit);
  return {};
}

Status check_required_text(std::string_view field, std::string_view text, std::size_t limit) {
  if (text.empty()) return bad_text(field, text, "is empty", 1, limit);
  if (text.size() > limit) return bad_text(field, text, "is too long", 1, limit);
  if (!is_utf8(text)) return bad_text(field, text, "is not UTF-8", 1, limit);
  return {};
}

Status check_size(std::string_view field, std::size_t size, std::size_t limit) {
  return size <= limit ? Status() : too_large(field, size, limit, "bytes");
}

Status check_text_map(std::string_view field, const TextMap& map, std::size_t limit) {
  std::size_t total = 0;
  for (const auto& [key, value] : map) {
    Status status = check_required_text(std::string(field) + " key", key, limits::kIdBytes);
    if (!status.ok()) return status;
    status = check_text(std::string(field) + "[\"" + printable(key) + "\"]", value, limit);
    if (!status.ok()) return status;
    total += key.size() + value.size();
  }
  return check_size(field, total, limit);
}

Status check_range(std::string_view field, std::uint64_t value, std::uint64_t least,
                   std::uint64_t most) {
  if (value >= least && value <= most) return {};
  return invalid_field(field, std::to_string(value),
                       std::to_string(least) + " to " + std::to_string(most));
}

Status check_duration(std::string_view field, Duration value, Duration least, Duration most) {
  if (value >= least && value <= most) return {};
  return invalid_field(field, to_text(value), to_text(least) + " to " + to_text(most));
}

}  // namespace onerun::core
