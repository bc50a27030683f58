// Events as bytes. In a history each record stands with its length in front; the record begins with
// kind and time. docs/format.md is the contract, with worked examples.
#pragma once

#include <string>
#include <string_view>

#include "core/history/event.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// The record of an event, or of a note, with its length in front: as it is appended to a history.
std::string encode(const Event& event);
std::string encode(const ResetNote& note);
std::string encode(const QueuedNote& note);
std::string encode(const BatchesNote& note);

/// A record whose own fields are these bytes.
std::string encode_record(EventType type, Timestamp time, std::string_view fields);

/// Kinds of notes. Their numbers are above those of all events.
inline constexpr EventType kResetNote = static_cast<EventType>(1000);
inline constexpr EventType kQueuedNote = static_cast<EventType>(1001);
inline constexpr EventType kBatchesNote = static_cast<EventType>(1002);

constexpr bool is_note(EventType type) { return type >= kResetNote && type <= kBatchesNote; }

/// A record of a history before its own fields are read.
struct RawRecord {
  EventType type = {};
  Timestamp time = {};
  std::string_view fields = {};  ///< behind kind and time
  std::string_view bytes = {};   ///< all of it, with its length
};

// The readers return data_loss with a Corruption that names the reason.

/// Takes the first record off a history.
Result<RawRecord> take_record(std::string_view& history);

/// Reads a record of the kind of an event. data_loss for a kind that this version does not know.
Result<Event> decode_event(const RawRecord& record);

/// Reads an event from its bytes, with the length in front, and nothing behind them.
Result<Event> decode_event(std::string_view bytes);

// Read a record of the kind of that note.
Result<ResetNote> decode_reset_note(const RawRecord& record);
Result<QueuedNote> decode_queued_note(const RawRecord& record);
Result<BatchesNote> decode_batches_note(const RawRecord& record);

}  // namespace onerun::core
