// The single checks that validation is made of. Each returns ok or invalid_argument.
#pragma once

#include <cstdint>
#include <string_view>

#include "onerun/limits.hpp"
#include "onerun/run.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// invalid_argument with the given detail; the sentence is made from it.
Status invalid_field(std::string_view field, std::string_view value, std::string_view limit);

/// A size or a count above its limit.
Status too_large(std::string_view field, std::uint64_t size, std::uint64_t limit,
                 std::string_view unit);

/// Valid UTF-8 of at most `limit` bytes. May be empty.
Status check_text(std::string_view field, std::string_view text, std::size_t limit);

/// As `check_text`, and not empty.
Status check_required_text(std::string_view field, std::string_view text, std::size_t limit);

/// At most that many bytes, of any value.
Status check_size(std::string_view field, std::size_t size, std::size_t limit);

/// Payloads within limits::kPayloads, kMetadataEntries and kPayloadBytes.
Status check_payloads(std::string_view field, const Payloads& payloads);

/// Names are UTF-8 and not empty, all together at most `limit` bytes.
Status check_payload_map(std::string_view field, const PayloadMap& map, std::size_t limit);

/// Values of which each is one, within limits::kSearchAttributes and those beside it.
Status check_search_attributes(std::string_view field, const SearchAttributes& attributes);

/// Keys and values are UTF-8, keys are not empty, all together at most `limit` bytes.
Status check_text_map(std::string_view field, const TextMap& map, std::size_t limit);

/// A number from `least` to `most`.
Status check_range(std::string_view field, std::uint64_t value, std::uint64_t least,
                   std::uint64_t most);

/// A duration from `least` to `most`.
Status check_duration(std::string_view field, Duration value, Duration least, Duration most);

/// The first error of several checks, or ok.
template <class... Checks>
Status first_error(const Checks&... checks) {
  Status result;
  // The fold stops at the first check that fails.
  static_cast<void>(((result = checks(), !result.ok()) || ...));
  return result;
}

}  // namespace onerun::core
