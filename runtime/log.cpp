#include "runtime/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>

#include "core/text.hpp"
#include "onerun/spdlog.hpp"

namespace onerun {
namespace {

constexpr std::size_t kLongestMessage = 4096;
constexpr std::size_t kLongestId = 256;

template <class Id>
void add_field(std::string& line, std::string_view name, const Id* id) {
  if (id == nullptr) return;
  line += ' ';
  line += name;
  line += "=\"" + core::printable(id->text(), kLongestId) + '"';
}

}  // namespace

std::string to_line(const LogRecord& record) {
  std::string line = core::printable(record.message, kLongestMessage);
  add_field(line, "namespace", record.name_space);
  add_field(line, "workflow_id", record.workflow_id);
  add_field(line, "run_id", record.run_id);
  return line;
}

std::shared_ptr<LogSink> runtime::default_log() {
  auto logger =
      std::make_shared<spdlog::logger>("onerun", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(spdlog::level::warn);
  return use_logger(std::move(logger));
}

}  // namespace onerun
