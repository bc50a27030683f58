// The changes of starts, made without an actor.
#pragma once

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/decide.hpp"
#include "core/transition.hpp"
#include "core/uuid.hpp"

namespace onerun::bench {

/// A workflow id of 20 bytes. Neighbours in number are none in order.
inline WorkflowId id_of(std::uint64_t number) {
  const std::uint64_t mixed = number * 0x9E3779B97F4A7C15;
  char text[32];
  std::snprintf(text, sizeof text, "%020llu", static_cast<unsigned long long>(mixed));
  return WorkflowId(text);
}

/// What the start of that id changes on the store. Throws if it can't be.
inline core::WriteSet writes_of_start(std::uint64_t number) {
  const core::StartCommand command{.workflow_id = id_of(number)};
  const NamespaceConfig config;
  core::WorkflowState state;
  const core::Decision decision =
      core::decide_start(state, command,
                         {.now = Timestamp(Duration(1'700'000'000'000)),
                          .config = config,
                          .fresh_run_id = RunId(core::make_uuid_v7(number << 12, number))});
  auto transition = core::apply(1, command.workflow_id, state, decision.events);
  if (!transition.ok()) throw std::logic_error(transition.status().to_string());
  return std::move(transition->writes);
}

}  // namespace onerun::bench
