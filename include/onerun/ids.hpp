// The ids of onerun as distinct types: a RunId can't be passed where a WorkflowId is expected.
// Making an id never fails; the operation that receives it checks its limits (limits.hpp).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iosfwd>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "onerun/export.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// An id that the caller chooses: any UTF-8 text, compared byte by byte.
template <class Tag>
class TextId {
 public:
  TextId() = default;
  explicit TextId(std::string text) : text_(std::move(text)) {}
  explicit TextId(std::string_view text) : text_(text) {}
  explicit TextId(const char* text) : text_(text) {}

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const TextId&, const TextId&) = default;
  friend auto operator<=>(const TextId&, const TextId&) = default;
  friend std::ostream& operator<<(std::ostream& out, const TextId& id) { return out << id.text(); }

 private:
  std::string text_;
};

/// Name of a namespace: a family of workflow ids with its own retention.
using NamespaceName = TextId<struct NamespaceNameTag>;

/// Names a business process within a namespace. At most one run of it is open at any instant.
using WorkflowId = TextId<struct WorkflowIdTag>;

/// Names one attempt to ask for something, so that asking again is the same request.
using RequestId = TextId<struct RequestIdTag>;

/// A UUID in network byte order (RFC 9562).
using Uuid = std::array<std::uint8_t, 16>;

/// Returns the canonical text of a UUID: 36 characters, lower case.
ONERUN_EXPORT std::string to_text(const Uuid& uuid);

class RunId;
ONERUN_EXPORT std::strong_ordering operator<=>(const RunId& a, const RunId& b);

/// Names one run of a workflow id.
///
/// onerun mints run ids as UUIDv7. A caller may bring its own text; a text that is the canonical
/// form of a UUID (lower case, RFC 9562 variant) names the same run as those 16 bytes. The
/// default value is the empty run id, which in a request means "the current run".
///
/// Units: 16 bytes in memory; a caller's text is kept beside it and shared by copies.
class ONERUN_EXPORT RunId {
 public:
  RunId() = default;
  explicit RunId(const Uuid& uuid);
  explicit RunId(std::string_view text);

  RunId(const RunId& other) noexcept : bytes_(other.bytes_) {
    if (has_text()) share_text();
  }
  RunId(RunId&& other) noexcept : bytes_(std::exchange(other.bytes_, Uuid{})) {}
  RunId& operator=(RunId other) noexcept {
    const Uuid mine = bytes_;
    bytes_ = other.bytes_;
    other.bytes_ = mine;
    return *this;
  }
  ~RunId() {
    if (has_text()) release_text();
  }

  bool empty() const { return !is_uuid() && text_address() == 0; }

  /// True if this run id is kept as the 16 bytes of a UUID.
  bool is_uuid() const { return (bytes_[8] & 0xC0) == 0x80; }

  /// The 16 bytes. Requires `is_uuid()`.
  const Uuid& uuid() const { return bytes_; }

  /// The text of this run id: a UUID's canonical form, or what the caller brought.
  std::string text() const;

  friend bool operator==(const RunId& a, const RunId& b) {
    return a.bytes_ == b.bytes_ || (a.has_text() && b.has_text() && (a <=> b) == 0);
  }
  friend std::strong_ordering operator<=>(const RunId& a, const RunId& b);
  friend std::ostream& operator<<(std::ostream& out, const RunId& id) { return out << id.text(); }

 private:
  struct SharedText;

  bool has_text() const { return !is_uuid() && text_address() != 0; }
  std::uintptr_t text_address() const {
    std::uintptr_t address;
    std::memcpy(&address, bytes_.data(), sizeof address);
    return address;
  }
  SharedText* shared_text() const;
  void share_text() const noexcept;
  void release_text() noexcept;

  // A UUID has the bits 10 at the top of byte 8. A caller's text is a pointer in bytes 0-7 with
  // zero in byte 8; the empty run id is all zeros.
  alignas(8) Uuid bytes_{};
};

static_assert(sizeof(RunId) == 16);

/// Where a runtime takes the ids that it mints. What it throws is the answer of the request:
/// unavailable, and nothing was done. A call that it makes is refused if it would have to wait.
///
/// Threads: called from many threads at once.
class ONERUN_EXPORT IdSource {
 public:
  virtual ~IdSource() = default;

  /// Returns a run id that this source has not returned before.
  virtual RunId next_run_id(Timestamp now) = 0;

  /// Returns the id of a new namespace.
  virtual Uuid next_namespace_id() = 0;
};

}  // namespace onerun

template <class Tag>
struct std::hash<onerun::TextId<Tag>> {
  std::size_t operator()(const onerun::TextId<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.text());
  }
};

template <>
struct ONERUN_EXPORT std::hash<onerun::RunId> {
  std::size_t operator()(const onerun::RunId& id) const noexcept;
};
