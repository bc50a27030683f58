#include "tools/namespaces.hpp"

#include <optional>
#include <utility>

#include "core/keys.hpp"
#include "core/text.hpp"

namespace onerun::tools {

Result<FoundNamespace> find_namespace(const store::Store& store, const std::string& name) {
  std::optional<FoundNamespace> found;
  Status bad;
  const auto [first, last] = core::keys::range_of_namespaces();
  Status scanned = store.scan(
      core::Family::kMeta, first, last, [&](std::string_view key, std::string_view value) {
        auto record = core::decode_namespace(value);
        const auto number = core::keys::namespace_from_record_key(key);
        if (!record.ok() || !number) {
          bad = core::locate(record.ok() ? core::corrupt("not a namespace") : record.status(),
                             name_of(core::Family::kMeta), key);
          return false;
        }
        if (record->name.text() != name) return true;
        found = FoundNamespace{*number, std::move(*record)};
        return false;
      });
  if (!scanned.ok()) return scanned;
  if (!bad.ok()) return bad;
  if (!found)
    return Status(StatusCode::kNotFound, "there is no namespace \"" + core::printable(name) + "\"");
  return std::move(*found);
}

}  // namespace onerun::tools
