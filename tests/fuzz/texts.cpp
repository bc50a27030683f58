// Any bytes as a value of an option, an id or a text of a request: taken or refused, and what is
// taken is within its limits.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/text.hpp"
#include "core/uuid.hpp"
#include "core/validate.hpp"
#include "examples/load/text.hpp"
#include "onerun/onerun.hpp"

namespace {

using namespace onerun;

void require(bool holds) {
  if (!holds) std::abort();
}

void read_options(std::string_view text) {
  if (const auto duration = load::parse_duration(text)) {
    require(duration->count() >= 0);
    require(load::parse_duration(load::to_text(*duration)) == duration);
  }
  static_cast<void>(load::is_host_and_port(text));
  if (const auto policy = reuse_policy_from(text)) require(to_string(*policy) == text);
  if (const auto policy = conflict_policy_from(text)) require(to_string(*policy) == text);
  if (const auto store = store_kind_from(text)) require(to_string(*store) == text);
  if (const auto durability = durability_from(text)) require(to_string(*durability) == text);
}

void read_ids(std::string_view text) {
  const RunId run(text);
  require(run.empty() == text.empty() && run.text() == text);
  require(RunId(run) == run && RunId(run.text()) == run);
  if (const auto uuid = core::uuid_from_text(text))
    require(core::uuid_from_text(to_text(*uuid)) == uuid);
  require(core::printable(text).size() < 1'000);
}

void validate_start(std::string_view text) {
  StartRequest request{.workflow_id = WorkflowId(text)};
  request.identity = text;
  request.tags[std::string(text.substr(0, text.size() / 2))] = text.substr(text.size() / 2);
  request.reuse_policy = static_cast<ReusePolicy>(text.size() % 7);
  request.conflict_policy = static_cast<ConflictPolicy>(text.size() % 5);
  const Status status = core::validate(request);
  if (status.ok()) {
    require(!text.empty() && text.size() <= limits::kIdBytes);
  } else {
    require(status.detail<InvalidField>() != nullptr &&
            !status.detail<InvalidField>()->field.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_options(text);
  read_ids(text);
  validate_start(text);
  return 0;
}
