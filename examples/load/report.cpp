#include "report.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <fstream>
#include <ostream>
#include <utility>
#include <vector>

#include "process.hpp"
#include "text.hpp"

namespace onerun::load {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;
using nlohmann::ordered_json;

constexpr std::array kRules = {StartRule::kStarted,
                               StartRule::kTerminatedExistingAndStarted,
                               StartRule::kUsedExisting,
                               StartRule::kDeduplicated,
                               StartRule::kRejectedRunning,
                               StartRule::kRejectedCompleted,
                               StartRule::kRejectedDuplicate,
                               StartRule::kEnqueued,
                               StartRule::kCancelRequestedAndEnqueued};

constexpr std::array<std::pair<const char*, double>, 4> kPercentiles = {
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}}};

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

double rate(std::uint64_t number, std::chrono::nanoseconds took) {
  return seconds(took) > 0 ? static_cast<double>(number) / seconds(took) : 0.0;
}

std::string fixed(double value, int digits) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

void add_rules(Rows& rows, const Tally& tally) {
  for (const StartRule rule : kRules) {
    rows.emplace_back(to_string(rule), with_commas(tally.by_rule(rule)));
  }
}

/// What was asked for besides starts.
void add_operations(Rows& rows, const Tally& tally) {
  for (const auto& [operation, name] : kOperations) {
    const std::uint64_t done = tally.done(operation);
    const std::uint64_t refused = tally.refused(operation);
    if (done > 0) rows.emplace_back(name, with_commas(done));
    if (refused > 0) rows.emplace_back(std::string(name) + ", no such run", with_commas(refused));
  }
}

void add_rates(Rows& rows, const Tally& tally, std::chrono::nanoseconds took) {
  rows.emplace_back("seconds", fixed(seconds(took), 2));
  rows.emplace_back("starts/s",
                    with_commas(static_cast<std::uint64_t>(rate(tally.started(), took))));
  rows.emplace_back("operations/s",
                    with_commas(static_cast<std::uint64_t>(rate(tally.operations(), took))));
}

void add_latency(Rows& rows, const LatencyHistogram& latency) {
  for (const auto& [name, share] : kPercentiles) {
    const std::string label = std::string(name) == "p999" ? "p99.9" : name;
    rows.emplace_back(label, fixed(latency.percentile_us(share), 1) + " us");
  }
  rows.emplace_back("max", fixed(latency.max_us(), 1) + " us");
}

void print_errors(std::ostream& out, const Tally& tally) {
  if (tally.errors() == 0) return;
  out << "errors: " << with_commas(tally.errors()) << ", the first: " << tally.first_error()
      << "\n";
}

std::string title(const Settings& settings) {
  return std::string(to_string(settings.store)) + " store, durability " +
         std::string(to_string(settings.durability)) + ", reuse " +
         std::string(to_string(settings.reuse)) + ", conflict " +
         std::string(to_string(settings.conflict)) + ", retention " + to_text(settings.retention);
}

ordered_json latency_json(const LatencyHistogram& latency) {
  ordered_json json;
  for (const auto& [name, share] : kPercentiles) json[name] = latency.percentile_us(share);
  json["max"] = latency.max_us();
  return json;
}

Status cannot_write(const std::filesystem::path& file) {
  return system_error("can't write " + file.string());
}

Status write(const Settings& settings, const ordered_json& json) {
  if (settings.json.empty()) return {};
  std::ofstream out(settings.json);
  out << json.dump(2) << "\n";
  out.flush();
  return out ? Status() : cannot_write(settings.json);
}

}  // namespace

Status check_results_file(const Settings& settings) {
  if (settings.json.empty()) return {};
  return std::ofstream(settings.json, std::ios::app) ? Status() : cannot_write(settings.json);
}

void print_generated(std::ostream& out, const Settings& settings, const Tally& tally,
                     std::chrono::nanoseconds took) {
  Rows rows;
  add_rules(rows, tally);
  add_operations(rows, tally);
  rows.emplace_back("errors", with_commas(tally.errors()));
  add_rates(rows, tally, took);
  add_latency(rows, tally.latency);
  rows.emplace_back("seed", std::to_string(settings.seed));
  out << title(settings) << "\n" << table(rows);
  print_errors(out, tally);
}

void print_replayed(std::ostream& out, const Settings& settings, const Tally& tally,
                    const ReplayResult& result) {
  Rows rows;
  rows.emplace_back("workflow ids", with_commas(result.workflow_ids));
  add_rules(rows, tally);
  rows.emplace_back("completed", with_commas(tally.done(Operation::kComplete)));
  rows.emplace_back("failed", with_commas(tally.done(Operation::kFail)));
  rows.emplace_back("close skipped", with_commas(tally.skipped_closes()));
  rows.emplace_back("open at end", with_commas(result.open_at_end));
  add_rates(rows, tally, result.took);
  add_latency(rows, tally.latency);
  out << settings.trace.filename().string() << ": " << title(settings) << "\n" << table(rows);
  print_errors(out, tally);
}

Status write_generated(const Settings& settings, const Tally& tally,
                       std::chrono::nanoseconds took) {
  ordered_json json;
  json["starts_per_second"] = rate(tally.started(), took);
  json["operations"] = tally.operations();
  json["errors"] = tally.errors();
  json["overloaded"] = tally.overloaded();
  json["seconds"] = seconds(took);
  json["latency_us"] = latency_json(tally.latency);
  for (const StartRule rule : kRules) {
    json["outcomes"][std::string(to_string(rule))] = tally.by_rule(rule);
  }
  for (const auto& [operation, name] : kOperations) {
    json["done"][std::string(name)] = tally.done(operation);
    json["no_such_run"][std::string(name)] = tally.refused(operation);
  }
  json["completed"] = tally.done(Operation::kComplete);
  json["seed"] = settings.seed;
  return write(settings, json);
}

Status write_replayed(const Settings& settings, const Tally& tally, const ReplayResult& result) {
  ordered_json json;
  json["started"] = tally.started();
  json["used_existing"] = tally.by_rule(StartRule::kUsedExisting);
  json["terminated_existing"] = tally.by_rule(StartRule::kTerminatedExistingAndStarted);
  json["rejected_running"] = tally.by_rule(StartRule::kRejectedRunning);
  json["rejected_completed"] = tally.by_rule(StartRule::kRejectedCompleted);
  json["rejected_duplicate"] = tally.by_rule(StartRule::kRejectedDuplicate);
  json["deduplicated"] = tally.by_rule(StartRule::kDeduplicated);
  json["completed"] = tally.done(Operation::kComplete);
  json["failed"] = tally.done(Operation::kFail);
  json["close_skipped"] = tally.skipped_closes();
  json["open_at_end"] = result.open_at_end;
  json["workflow_ids"] = result.workflow_ids;
  json["errors"] = tally.errors();
  json["seconds"] = seconds(result.took);
  return write(settings, json);
}

}  // namespace onerun::load
