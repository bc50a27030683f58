// Payloads, maps of them and search attributes inside the fields of a record. docs/format.md has
// their bytes.
#pragma once

#include "core/wire.hpp"
#include "onerun/payload.hpp"
#include "onerun/search_attributes.hpp"

namespace onerun::core {

// A list or a map is a repeated field: it is left out if it is empty, and an empty payload in it is
// not. The readers add what one field holds, and return false for bytes that are no such thing.

void write_payloads(wire::Writer& out, unsigned field, const Payloads& payloads);
bool read_payload(const wire::Field& field, Payloads& payloads);

void write_payload_map(wire::Writer& out, unsigned field, const PayloadMap& map);
bool read_payload_map_entry(const wire::Field& field, PayloadMap& map);

void write_search_attributes(wire::Writer& out, unsigned field, const SearchAttributes& map);
bool read_search_attribute(const wire::Field& field, SearchAttributes& map);

}  // namespace onerun::core
