// What mixed load is made of: operations, and how often each is asked for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace onerun::load {

/// What can be asked for. All but a start and a list are about the current run of a workflow id.
enum class Operation : std::uint8_t {
  kStart,
  kEnqueue,         ///< a start that waits for the end of the open run
  kCancelExisting,  ///< and one that has it asked to cancel
  kRetry,           ///< the last start of that workflow id once more, with the same request id
  kComplete,
  kFail,
  kRequestCancel,
  kReportCanceled,
  kTerminate,
  kRemove,
  kContinueAsNew,
  kReset,
  kPause,
  kUnpause,
  kSignal,
  kDescribe,
  kList,
};

/// Names as options and reports have them.
inline constexpr auto kOperations = std::to_array<std::pair<Operation, std::string_view>>({
    {Operation::kStart, "start"},
    {Operation::kEnqueue, "enqueue"},
    {Operation::kCancelExisting, "cancel_existing"},
    {Operation::kRetry, "retry"},
    {Operation::kComplete, "complete"},
    {Operation::kFail, "fail"},
    {Operation::kRequestCancel, "request_cancel"},
    {Operation::kReportCanceled, "report_canceled"},
    {Operation::kTerminate, "terminate"},
    {Operation::kRemove, "remove"},
    {Operation::kContinueAsNew, "continue_as_new"},
    {Operation::kReset, "reset"},
    {Operation::kPause, "pause"},
    {Operation::kUnpause, "unpause"},
    {Operation::kSignal, "signal"},
    {Operation::kDescribe, "describe"},
    {Operation::kList, "list"},
});

std::string_view name_of(Operation operation);

/// How often each operation is drawn, in proportion.
class Mix {
 public:
  static constexpr std::uint32_t kMaxWeight = 1'000'000;

  /// Mostly starts and what ends runs well, and some of everything.
  Mix();

  /// Reads `start=45,complete=30`; what is not named is not drawn. `nullopt` for anything else, and
  /// if nothing is left to draw.
  static std::optional<Mix> from(std::string_view text);

  /// As `from` reads it.
  std::string text() const;

  template <class Generator>
  Operation draw(Generator& random) const {
    std::uint64_t drawn = random() % total_;
    for (const auto& [operation, name] : kOperations) {
      const std::uint32_t weight = weights_[static_cast<std::size_t>(operation)];
      if (drawn < weight) return operation;
      drawn -= weight;
    }
    return Operation::kStart;
  }

 private:
  struct Nothing {};
  explicit Mix(Nothing) {}

  std::array<std::uint32_t, kOperations.size()> weights_{};
  std::uint64_t total_ = 0;
};

}  // namespace onerun::load
