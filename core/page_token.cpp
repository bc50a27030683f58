#include "core/page_token.hpp"

#include <cstdint>
#include <optional>

#include "core/big_endian.hpp"
#include "core/check.hpp"
#include "core/keys.hpp"
#include "core/run_index.hpp"
#include "core/text.hpp"
#include "onerun/limits.hpp"

namespace onerun::core {
namespace {

/// 64 bits of FNV-1a: tells a token that was mangled or is of something else. No protection against
/// forgery, which could at most show a part of what its owner may list anyway.
class Seal {
 public:
  Seal& add(std::string_view bytes) {
    for (const char byte : big_endian(std::uint64_t{bytes.size()})) add(byte);
    for (const char byte : bytes) add(byte);
    return *this;
  }
  std::uint64_t value() const { return value_; }

 private:
  void add(char byte) { value_ = (value_ ^ static_cast<std::uint8_t>(byte)) * 0x100000001B3; }

  std::uint64_t value_ = 0xCBF29CE484222325;
};

std::uint64_t seal(NamespaceNumber name_space, std::string_view filter, std::string_view content) {
  return Seal().add(big_endian(name_space)).add(filter).add(content).value();
}

std::optional<int> digit_from(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  return std::nullopt;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digit_from(text[i]);
    const auto low = digit_from(text[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes += static_cast<char>(*high << 4 | *low);
  }
  return bytes;
}

/// The place with its length in front, then the run at which links are followed on, if any.
std::string content_of(const PageEnd& end) {
  std::string content = big_endian(static_cast<std::uint16_t>(end.place.size())) + end.place;
  return end.resume_at.empty() ? content : content += keys::encode_run_id(end.resume_at);
}

std::optional<PageEnd> end_from(std::string_view content) {
  std::uint16_t size = 0;
  if (!take_big_endian(content, size) || size > content.size()) return std::nullopt;
  PageEnd end{.place = std::string(content.substr(0, size))};
  content.remove_prefix(size);
  if (!run_index::place_from(end.place)) return std::nullopt;
  if (content.empty()) return end;
  auto resume_at = keys::run_id_from(content);
  if (!resume_at) return std::nullopt;
  end.resume_at = std::move(*resume_at);
  return end;
}

}  // namespace

std::string encode_page_token(NamespaceNumber name_space, std::string_view filter,
                              const PageEnd& end) {
  const std::string content = content_of(end);
  return to_hex(big_endian(seal(name_space, filter, content)) + content);
}

Result<PageEnd> decode_page_token(NamespaceNumber name_space, std::string_view filter,
                                  std::string_view token) {
  const Status refused =
      invalid_field("page_token", '"' + printable(token) + '"',
                    "the next_page_token of a page of the same filter in the same namespace");
  if (token.size() > limits::kPageTokenBytes) return refused;
  const auto bytes = from_hex(token);
  if (!bytes) return refused;
  std::string_view content = *bytes;
  std::uint64_t sealed = 0;
  if (!take_big_endian(content, sealed)) return refused;
  if (sealed != seal(name_space, filter, content)) return refused;
  auto end = end_from(content);
  if (!end) return refused;
  return std::move(*end);
}

}  // namespace onerun::core
