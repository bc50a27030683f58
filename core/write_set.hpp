// What a decision changes on the store: puts, appends and erasures, kept as one string of bytes so
// that a start costs one allocation and not one a key.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/family.hpp"

namespace onerun::core {

/// How a key changes.
enum class WriteKind : std::uint8_t {
  kPut,         ///< the key has this value
  kAppend,      ///< this is added at the end of the key's value
  kErase,       ///< the key has no value
  kEraseOnce,   ///< the same, of a key that was put exactly once since it was last erased
  kEraseRange,  ///< no key has a value from this one up to, but without, the one in `value`
};

/// One change. The texts point into the WriteSet.
struct Write {
  WriteKind kind;
  Family family;
  std::string_view key;
  std::string_view value;
};

/// An ordered list of changes that become durable together.
class WriteSet {
 public:
  void put(Family family, std::string_view key, std::string_view value) {
    add(WriteKind::kPut, family, key, value);
  }
  void append(Family family, std::string_view key, std::string_view value) {
    add(WriteKind::kAppend, family, key, value);
  }
  void erase(Family family, std::string_view key) { add(WriteKind::kErase, family, key, {}); }
  /// For a family of which all keys are put once and erased in this way: the store can then forget
  /// both together.
  void erase_once(Family family, std::string_view key) {
    add(WriteKind::kEraseOnce, family, key, {});
  }

  /// Erases the keys from `first` up to, but without, `last`, however many there are.
  void erase_range(Family family, std::string_view first, std::string_view last) {
    add(WriteKind::kEraseRange, family, first, last);
  }

  /// Makes room for so many bytes of changes.
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

  bool empty() const { return bytes_.empty(); }
  std::size_t size_bytes() const { return bytes_.size(); }

  /// Calls `visit(const Write&)` for each change in order.
  template <class Visitor>
  void for_each(Visitor&& visit) const {
    const char* at = bytes_.data();
    const char* const end = at + bytes_.size();
    while (at != end) {
      Header header;
      std::memcpy(&header, at, sizeof header);
      at += sizeof header;
      const std::string_view key(at, header.key_bytes);
      at += header.key_bytes;
      const std::string_view value(at, header.value_bytes);
      at += header.value_bytes;
      visit(Write{header.kind, header.family, key, value});
    }
  }

 private:
  struct Header {
    std::uint32_t key_bytes;
    std::uint32_t value_bytes;
    WriteKind kind;
    Family family;
  };

  void add(WriteKind kind, Family family, std::string_view key, std::string_view value) {
    const Header header{static_cast<std::uint32_t>(key.size()),
                        static_cast<std::uint32_t>(value.size()), kind, family};
    bytes_.append(reinterpret_cast<const char*>(&header), sizeof header);
    bytes_.append(key).append(value);
  }

  std::string bytes_;
};

}  // namespace onerun::core
