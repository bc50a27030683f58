#include "core/wire.hpp"

namespace onerun::core::wire {
namespace {

constexpr unsigned kVarint = 0;
constexpr unsigned kLengthDelimited = 2;
constexpr unsigned kWireTypeBits = 3;
constexpr std::uint64_t kLargestField = (std::uint64_t{1} << 29) - 1;

}  // namespace

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

bool take_varint(std::string_view& in, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(in.front());
    in.remove_prefix(1);
    if (shift == 63 && byte > 1) return false;  // more than 64 bits
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

void Writer::number(unsigned field, std::uint64_t value) {
  append_varint(out_, field << kWireTypeBits | kVarint);
  append_varint(out_, value);
}

void Writer::signed_number(unsigned field, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  number(field, bits << 1 ^ static_cast<std::uint64_t>(value >> 63));
}

void Writer::length(unsigned field, std::size_t size) {
  append_varint(out_, field << kWireTypeBits | kLengthDelimited);
  append_varint(out_, size);
}

void Writer::bytes(unsigned field, std::string_view value) {
  length(field, value.size());
  out_ += value;
}

bool Reader::next(Field& field) {
  if (malformed_ || rest_.empty()) return false;
  std::uint64_t tag = 0;
  if (!take_varint(rest_, tag) || tag >> kWireTypeBits > kLargestField) return fail();
  field.id = static_cast<unsigned>(tag >> kWireTypeBits);
  std::uint64_t value = 0;
  if (!take_varint(rest_, value)) return fail();
  switch (tag & ((1u << kWireTypeBits) - 1)) {
    case kVarint:
      field.is_number = true;
      field.number = value;
      field.bytes = {};
      return true;
    case kLengthDelimited:
      if (value > rest_.size()) return fail();
      field.is_number = false;
      field.number = 0;
      field.bytes = rest_.substr(0, value);
      rest_.remove_prefix(value);
      return true;
    default: return fail();
  }
}

}  // namespace onerun::core::wire
