// What every actor of a runtime uses: made by the runtime, shared by all, outlives them.
#pragma once

#include "actors/admission.hpp"
#include "actors/close_waiters.hpp"
#include "actors/event_watchers.hpp"
#include "actors/fact_loader.hpp"
#include "actors/run_id_claims.hpp"
#include "actors/run_reader.hpp"
#include "actors/timers.hpp"
#include "core/time_zone.hpp"
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
  const FactLoader& loader;
  CloseWaiters& waiters;
  EventWatchers& watchers;
  RunIdClaims& claims;
  Timers& timers;
  Admission& admission;
  metrics::Metrics& metrics;
  LogSink& sink;
  const Clock& clock;
  IdSource& ids;
  const core::TimeZones& zones;
  const unsigned actor_threads;
};

}  // namespace onerun::actors
