// How a record that can't be right is reported.
#include "core/records.hpp"
#include "core/text.hpp"

namespace onerun::core {

Status corrupt(std::string_view reason) {
  return Status(StatusCode::kDataLoss, "corrupt record: " + std::string(reason),
                Corruption{.family = {}, .key = {}, .reason = std::string(reason)});
}

Status locate(const Status& error, std::string_view family, std::string_view key) {
  const auto* found = error.detail<Corruption>();
  if (found == nullptr || !found->family.empty()) return error;
  Corruption corruption{std::string(family), to_hex(key), found->reason};
  std::string message = "family " + corruption.family + ", key " + corruption.key + ": " +
                        std::string(error.message());
  return Status(error.code(), std::move(message), std::move(corruption));
}

}  // namespace onerun::core
