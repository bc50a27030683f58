#include "mix.hpp"

#include <algorithm>
#include <charconv>

namespace onerun::load {
namespace {

constexpr std::string_view kDefault =
    "start=36,enqueue=2,cancel_existing=1,retry=5,complete=20,fail=5,request_cancel=4,"
    "report_canceled=3,terminate=4,remove=3,continue_as_new=4,reset=2,pause=2,unpause=2,signal=4,"
    "describe=3";

std::optional<Operation> operation_from(std::string_view text) {
  for (const auto& [operation, name] : kOperations) {
    if (name == text) return operation;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> weight_from(std::string_view text) {
  std::uint32_t weight = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, weight);
  const bool is_read = read.ec == std::errc() && read.ptr == end && weight <= Mix::kMaxWeight;
  return is_read ? std::optional(weight) : std::nullopt;
}

}  // namespace

std::string_view name_of(Operation operation) {
  return kOperations[static_cast<std::size_t>(operation)].second;
}

Mix::Mix() : Mix(*from(kDefault)) {}

std::optional<Mix> Mix::from(std::string_view text) {
  Mix mix{Nothing()};
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto operation = operation_from(part.substr(0, equals));
    const auto weight = weight_from(part.substr(equals + 1));
    if (!operation || !weight) return std::nullopt;
    mix.weights_[static_cast<std::size_t>(*operation)] = *weight;
  }
  for (const std::uint32_t weight : mix.weights_) mix.total_ += weight;
  return mix.total_ > 0 ? std::optional(mix) : std::nullopt;
}

std::string Mix::text() const {
  std::string text;
  for (const auto& [operation, name] : kOperations) {
    const std::uint32_t weight = weights_[static_cast<std::size_t>(operation)];
    if (weight == 0) continue;
    text += (text.empty() ? "" : ",") + std::string(name) + "=" + std::to_string(weight);
  }
  return text;
}

}  // namespace onerun::load
