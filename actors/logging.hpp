// Log lines of actors, with the ids they are about.
#pragma once

#include <string_view>

#include "actors/request.hpp"
#include "onerun/log.hpp"

namespace onerun::actors {

inline void log_line(LogSink& sink, LogLevel level, std::string_view message) {
  if (sink.enabled(level)) sink.write({.level = level, .message = message});
}

inline void log_line(LogSink& sink, LogLevel level, std::string_view message,
                     const Request& request) {
  if (!sink.enabled(level)) return;
  const auto record = request.name_space->record();
  sink.write({.level = level,
              .message = message,
              .name_space = &record->name,
              .workflow_id = &request.workflow_id()});
}

}  // namespace onerun::actors
