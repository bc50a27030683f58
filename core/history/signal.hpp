// Events of signals: their fields in the store, and what they do to a run.
#pragma once

#include <tuple>

#include "core/history/fields.hpp"
#include "core/history/run_record.hpp"
#include "onerun/event/signal.hpp"

namespace onerun::core {

// The parts of `fold` (core/history/fold.hpp) for these kinds of events.
void fold_event(RunHead& run, Timestamp time, const event::RunSignaled& event);
void fold_details(RunRecord& run, Timestamp time, event::RunSignaled&& event);

template <>
struct Fields<event::RunSignaled> {
  using Record = event::RunSignaled;
  static constexpr auto kAll =
      std::tuple(field(3, &Record::name), field(4, &Record::input), field(5, &Record::request_id),
                 field(6, &Record::identity), field(7, &Record::header));
};

}  // namespace onerun::core
