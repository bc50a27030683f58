// How many bytes of texts and payloads a part of a request has, as limits count them.
#pragma once

#include <cstddef>

#include "core/command.hpp"
#include "onerun/payload.hpp"
#include "onerun/search_attributes.hpp"

namespace onerun::core {

std::size_t size_of(const TextMap& map);
std::size_t size_of(const Payload& payload);
std::size_t size_of(const Payloads& payloads);
std::size_t size_of(const PayloadMap& map);

/// A number, a bool and a time have 8 bytes; each text of a list has 8 beside its own.
std::size_t size_of(const SearchAttribute& value);
std::size_t size_of(const SearchAttributes& map);

/// Bytes that the payloads and texts of a command hold, for the bound of requests under way.
std::size_t size_bytes(const StartCommand& command);
std::size_t size_bytes(const Command& command);

}  // namespace onerun::core
