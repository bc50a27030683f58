// A record as a table of its fields. The table of a struct drives both directions of its codec, so
// that a member is named once. Example:
//
//   template <>
//   struct Fields<event::RunPaused> {
//     using Record = event::RunPaused;
//     static constexpr auto kAll = std::tuple(field(3, &Record::reason));
//   };
#pragma once

#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>

#include "core/history/values.hpp"
#include "core/wire.hpp"

namespace onerun::core {

/// The table of a struct. A struct without one does not compile where it is encoded.
template <class Record>
struct Fields;

/// A member whose empty value is left out.
template <class Record, class Member>
struct ValueField {
  unsigned number;
  Member Record::*member;

  void write(wire::Writer& out, const Record& record) const {
    write_value(out, number, record.*member);
  }
  bool read(const wire::Field& field, Record& record) const {
    return read_value(field, record.*member);
  }
};

/// A number or an enumeration that is left out when it is `usual`; others lie in [least, most].
template <class Record, class Member>
struct NumberField {
  unsigned number;
  Member Record::*member;
  Member usual;
  Member least;
  Member most;

  void write(wire::Writer& out, const Record& record) const {
    if (record.*member != usual) out.number(number, as_number(record.*member));
  }
  bool read(const wire::Field& field, Record& record) const {
    record.*member = static_cast<Member>(field.number);
    return field.is_number && field.number >= as_number(least) && field.number <= as_number(most);
  }

 private:
  static constexpr std::uint64_t as_number(Member value) {
    return static_cast<std::uint64_t>(value);
  }
};

template <class Record, class Member>
constexpr auto field(unsigned number, Member Record::*member) {
  return ValueField<Record, Member>{number, member};
}

template <class Record, class Member>
constexpr auto number_field(unsigned number, Member Record::*member,
                            std::type_identity_t<Member> usual, std::type_identity_t<Member> least,
                            std::type_identity_t<Member> most) {
  return NumberField<Record, Member>{number, member, usual, least, most};
}

/// Appends the fields of a record in the order of its table.
template <class Record>
void write_record(wire::Writer& out, const Record& record) {
  std::apply([&](const auto&... fields) { (fields.write(out, record), ...); },
             Fields<Record>::kAll);
}

/// Reads one field into the record. Returns false if the table has no such field, or the value
/// can't be right.
template <class Record>
bool read_record_field(const wire::Field& field, Record& record) {
  return std::apply(
      [&](const auto&... fields) {
        return ((fields.number == field.id && fields.read(field, record)) || ...);
      },
      Fields<Record>::kAll);
}

}  // namespace onerun::core
