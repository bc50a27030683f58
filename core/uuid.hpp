// UUIDs as values: reading their text, and putting a UUIDv7 together. Clock and random numbers come
// in as arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "onerun/ids.hpp"

namespace onerun::core {

/// True if the bits 10 are at the top of byte 8, as in every UUID of RFC 9562.
constexpr bool has_rfc_variant(const Uuid& uuid) { return (uuid[8] & 0xC0) == 0x80; }

/// Reads the canonical form: 36 characters, lower case. `nullopt` for anything else.
std::optional<Uuid> uuid_from_text(std::string_view text);

/// Position of a UUIDv7 in its source's order: milliseconds, then a counter of 12 bits.
struct UuidV7Order {
  static constexpr unsigned kCounterBits = 12;

  /// The first position of a millisecond. Instants before 1970 count as 1970.
  static std::uint64_t first_of(Timestamp instant);
};

/// Puts a UUIDv7 together from its position and 62 random bits. Source: RFC 9562 section 5.7, with
/// the counter in rand_a (section 6.2, method 1).
Uuid make_uuid_v7(std::uint64_t order, std::uint64_t random);

/// Puts a UUIDv4 together from 128 random bits.
Uuid make_uuid_v4(std::uint64_t random_high, std::uint64_t random_low);

}  // namespace onerun::core
