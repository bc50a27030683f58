// What every actor of a runtime uses: made by the runtime, shared by all, outlives them.
#pragma once

#include "actors/close_waiters.hpp"
#include "actors/run_id_claims.hpp"
#include "actors/run_reader.hpp"
#include "metrics/metrics.hpp"
#include "onerun/ids.hpp"
#include "onerun/log.hpp"
#include "onerun/time.hpp"
#include "store/commit_log.hpp"
#include "store/store.hpp"

namespace onerun::actors {

struct Services {
  const store::Store& store;
  store::CommitLog& log;
  const RunReader& reader;
  CloseWaiters& waiters;
  RunIdClaims& claims;
  metrics::Metrics& metrics;
  LogSink& sink;
  const Clock& clock;
  IdSource& ids;
};

}  // namespace onerun::actors
