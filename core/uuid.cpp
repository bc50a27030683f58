#include "core/uuid.hpp"

#include <algorithm>

namespace onerun::core {
namespace {

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

void put_big_endian(Uuid& uuid, std::size_t at, std::size_t bytes, std::uint64_t value) {
  for (std::size_t i = bytes; i-- > 0; value >>= 8) {
    uuid[at + i] = static_cast<std::uint8_t>(value);
  }
}

void mark(Uuid& uuid, std::uint8_t version) {
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0F) | (version << 4));
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3F) | 0x80);
}

}  // namespace

std::optional<Uuid> uuid_from_text(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid uuid{};
  std::size_t at = 0;
  for (std::uint8_t& byte : uuid) {
    if (at == 8 || at == 13 || at == 18 || at == 23) {
      if (text[at] != '-') return std::nullopt;
      ++at;
    }
    const auto high = hex_digit(text[at]);
    const auto low = hex_digit(text[at + 1]);
    if (!high || !low) return std::nullopt;
    byte = static_cast<std::uint8_t>(*high << 4 | *low);
    at += 2;
  }
  return uuid;
}

std::uint64_t UuidV7Order::first_of(Timestamp instant) {
  const auto ms = std::max<std::int64_t>(instant.time_since_epoch().count(), 0);
  return static_cast<std::uint64_t>(ms) << kCounterBits;
}

Uuid make_uuid_v7(std::uint64_t order, std::uint64_t random) {
  Uuid uuid{};
  put_big_endian(uuid, 0, 6, order >> UuidV7Order::kCounterBits);
  put_big_endian(uuid, 6, 2, order & ((1u << UuidV7Order::kCounterBits) - 1));
  put_big_endian(uuid, 8, 8, random);
  mark(uuid, 7);
  return uuid;
}

Uuid make_uuid_v4(std::uint64_t random_high, std::uint64_t random_low) {
  Uuid uuid{};
  put_big_endian(uuid, 0, 8, random_high);
  put_big_endian(uuid, 8, 8, random_low);
  mark(uuid, 4);
  return uuid;
}

}  // namespace onerun::core
