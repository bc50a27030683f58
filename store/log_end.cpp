#include "store/log_end.hpp"

#include <string>

namespace onerun::store {

Status check_log_end(const std::filesystem::path& data_dir, CommitNumber noted, CommitNumber last,
                     const LogDamage& damage) {
  if (noted <= last) return {};
  std::string reason = "commit " + std::to_string(noted) +
                       " was acknowledged, but the log ends at commit " + std::to_string(last);
  const std::string& file = damage.file();
  if (!file.empty()) reason += ": " + file + ": " + damage.reason();
  return Status(StatusCode::kDataLoss, data_dir.string() + ": " + reason,
                Corruption{.family = file.empty() ? "log" : file, .key = {}, .reason = reason});
}

}  // namespace onerun::store
