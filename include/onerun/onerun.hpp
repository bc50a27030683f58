// All of onerun, except the bridges to other libraries (json.hpp, prometheus.hpp, spdlog.hpp) and
// what only tests need (testing.hpp).
#pragma once

#include "onerun/chain.hpp"
#include "onerun/errors.hpp"
#include "onerun/find.hpp"
#include "onerun/future.hpp"
#include "onerun/history.hpp"
#include "onerun/ids.hpp"
#include "onerun/limits.hpp"
#include "onerun/log.hpp"
#include "onerun/namespace.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/options.hpp"
#include "onerun/payload.hpp"
#include "onerun/policy.hpp"
#include "onerun/run.hpp"
#include "onerun/runtime.hpp"
#include "onerun/start.hpp"
#include "onerun/status.hpp"
#include "onerun/subscription.hpp"
#include "onerun/time.hpp"
#include "onerun/version.hpp"
