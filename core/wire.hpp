// The bytes of a record: a sequence of numbered fields, each a variable-length integer or a string
// of bytes. The encoding is that of Protocol Buffers (wire types 0 and 2), so that its tools can
// print a record. What the fields mean is in records.hpp and docs/format.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace onerun::core::wire {

/// Appends fields to a string.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void number(unsigned field, std::uint64_t value);

  /// Signed numbers near zero are short (zigzag).
  void signed_number(unsigned field, std::int64_t value);

  void bytes(unsigned field, std::string_view value);

  /// Bytes that `append(std::string&)` puts there: as many as `size` says.
  template <class Append>
  void bytes(unsigned field, std::size_t size, const Append& append) {
    length(field, size);
    append(out_);
  }

  /// Fields that are bytes already.
  void raw(std::string_view fields) { out_.append(fields); }

  /// Like `bytes`, but an empty value is left out.
  void bytes_if_any(unsigned field, std::string_view value) {
    if (!value.empty()) bytes(field, value);
  }

 private:
  void length(unsigned field, std::size_t size);

  std::string& out_;
};

/// Appends a variable-length integer: 7 bits a byte, lowest first.
void append_varint(std::string& out, std::uint64_t value);

/// Takes a variable-length integer off the front. Returns false if the bytes are not one.
bool take_varint(std::string_view& in, std::uint64_t& value);

/// One field of a record.
struct Field {
  unsigned id = 0;
  bool is_number = false;
  std::uint64_t number = 0;  ///< if it is one
  std::string_view bytes;    ///< otherwise; points into the record

  std::int64_t signed_number() const {
    return static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1);
  }
};

/// Takes the fields of a record one by one.
class Reader {
 public:
  explicit Reader(std::string_view record) : rest_(record) {}

  /// Returns false at the end, or when the bytes are not a field (`malformed` tells).
  bool next(Field& field);

  bool malformed() const { return malformed_; }

  /// What has not been taken yet.
  std::string_view rest() const { return rest_; }

 private:
  bool fail() {
    malformed_ = true;
    return false;
  }

  std::string_view rest_;
  bool malformed_ = false;
};

}  // namespace onerun::core::wire
