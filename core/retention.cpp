#include "core/retention.hpp"

#include "core/fault.hpp"

namespace onerun::core {

Duration retention_of(const Retention& retention, RunStatus status) {
  const auto own = retention.by_status.find(status);
  if (ONERUN_FAULT(kIgnoreStatusRetention)) return retention.closed;
  return own == retention.by_status.end() ? retention.closed : own->second;
}

bool is_expired(const Retention& retention, const RunHead& run, Timestamp now) {
  if (ONERUN_FAULT(kExpireEarly)) now += Duration(1);
  return is_closed(run.status) && now >= run.close_time + retention_of(retention, run.status);
}

bool is_id_expired(const Retention& retention, const RunHead& run, Timestamp now) {
  return (is_closed(run.status) || ONERUN_FAULT(kExpireOpenRun)) &&
         now >= run.close_time + id_retention_of(retention, run.status);
}

}  // namespace onerun::core
