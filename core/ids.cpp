// RunId, UUID texts.
#include "onerun/ids.hpp"

#include <atomic>
#include <cstring>

#include "core/uuid.hpp"

namespace onerun {

std::string to_text(const Uuid& uuid) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[uuid[i] >> 4];
    text += kDigits[uuid[i] & 0xF];
  }
  return text;
}

/// A caller's text, shared by the copies of a run id.
struct RunId::SharedText {
  std::atomic<std::uint32_t> owners{1};
  const std::string text;

  explicit SharedText(std::string_view t) : text(t) {}
};

RunId::RunId(const Uuid& uuid) {
  if (core::has_rfc_variant(uuid)) {
    bytes_ = uuid;
  } else {
    *this = RunId(std::string_view(to_text(uuid)));
  }
}

RunId::RunId(std::string_view text) {
  if (text.empty()) return;
  if (const auto uuid = core::uuid_from_text(text); uuid && core::has_rfc_variant(*uuid)) {
    bytes_ = *uuid;
    return;
  }
  SharedText* shared = new SharedText(text);
  std::memcpy(bytes_.data(), &shared, sizeof(void*));
}

void RunId::share_text() const noexcept {
  shared_text()->owners.fetch_add(1, std::memory_order_relaxed);
}

void RunId::release_text() noexcept {
  SharedText* shared = shared_text();
  if (shared->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete shared;
}

RunId::SharedText* RunId::shared_text() const {
  if (is_uuid()) return nullptr;
  SharedText* shared;
  std::memcpy(&shared, bytes_.data(), sizeof(void*));
  return shared;
}

std::string RunId::text() const {
  if (is_uuid()) return to_text(bytes_);
  const SharedText* shared = shared_text();
  return shared == nullptr ? std::string() : shared->text;
}

std::strong_ordering operator<=>(const RunId& a, const RunId& b) {
  if (a.is_uuid() && b.is_uuid()) return a.bytes_ <=> b.bytes_;
  if (a.is_uuid() != b.is_uuid()) return a.is_uuid() <=> b.is_uuid();
  const auto* text_a = a.shared_text();
  const auto* text_b = b.shared_text();
  if (text_a == nullptr || text_b == nullptr) return (text_a != nullptr) <=> (text_b != nullptr);
  return text_a->text <=> text_b->text;
}

}  // namespace onerun

std::size_t std::hash<onerun::RunId>::operator()(const onerun::RunId& id) const noexcept {
  if (!id.is_uuid()) return std::hash<std::string>{}(id.text());
  const auto& uuid = id.uuid();
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(uuid.data()), uuid.size()});
}
