#include "settings.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include "text.hpp"
#include "whole_number.hpp"

namespace onerun::load {
namespace {

constexpr int kUsageError = 2;

/// A converter from text to a value that has a reader returning an optional.
template <class Value, class Reader>
CLI::callback_t read_into(Value& value, std::string option, Reader reader, std::string allowed) {
  return [&value, option = std::move(option), reader,
          allowed = std::move(allowed)](const CLI::results_t& texts) {
    const auto read = reader(texts.back());
    if (!read) {
      throw CLI::ValidationError(option, "is \"" + texts.back() + "\"; allowed: " + allowed);
    }
    value = *read;
    return true;
  };
}

/// A duration of at least that.
auto duration_from(Duration least) {
  return [least](const std::string& text) -> std::optional<Duration> {
    const auto duration = parse_duration(text);
    return duration && *duration >= least && *duration <= limits::kMaxDuration ? duration
                                                                               : std::nullopt;
  };
}

std::optional<double> rate_from(const std::string& text) {
  double rate = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, rate);
  const bool is_rate = read.ec == std::errc() && read.ptr == end && rate >= 1e-3 && rate <= 1e9;
  return is_rate ? std::optional(rate) : std::nullopt;
}

constexpr Duration kTick = std::chrono::milliseconds(1);
constexpr double kOpenRate = 10'000;
constexpr std::uint64_t kMixedIds = 10'000;

void add_common(CLI::App& app, Settings& s) {
  app.add_option_function<std::string>(
         "--store", [&s](const std::string& name) { s.store = *store_kind_from(name); },
         "rocksdb or memory")
      ->check(CLI::IsMember({"rocksdb", "memory"}))
      ->default_str("rocksdb");
  app.add_option("--data-dir", s.data_dir,
                 "Directory of the store; default: a fresh one, removed at the end");
  app.add_option_function<std::string>(
         "--durability", [&s](const std::string& name) { s.durability = *durability_from(name); },
         "sync, async or memory")
      ->check(CLI::IsMember({"sync", "async", "memory"}))
      ->default_str("sync");
  app.add_option("--namespace", s.name_space, "Namespace to work in")->capture_default_str();
  app.add_option("--retention",
                 read_into(s.retention, "--retention", duration_from(limits::kMinRetention),
                           "a duration from 1s to 100 years, such as 7200s, 3h or 30d"),
                 "How long closed runs are kept")
      ->type_name("DURATION")
      ->default_str("30d");
  app.add_option("--reuse",
                 read_into(s.reuse, "--reuse", reuse_policy_from,
                           "allow_duplicate, allow_duplicate_failed_only, reject_duplicate, "
                           "terminate_if_running"),
                 "Reuse policy of the starts")
      ->type_name("POLICY")
      ->default_str("allow_duplicate");
  app.add_option("--conflict",
                 read_into(s.conflict, "--conflict", conflict_policy_from,
                           "fail, use_existing, terminate_existing"),
                 "Conflict policy of the starts")
      ->type_name("POLICY")
      ->default_str("fail");
  app.add_option("--outstanding", s.outstanding, "Requests under way at once")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{10'000'000}))
      ->capture_default_str();
  app.add_option("--max-in-flight", s.max_in_flight,
                 "Requests that the runtime admits at once; default: all that are outstanding")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{10'000'000}));
  app.add_option("--max-idle-actors", s.max_idle_actors, "Workflow actors kept while idle")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  app.add_option("--metrics", s.metrics,
                 "Serve /metrics at HOST:PORT while it works; port 0: one that is free")
      ->check([](const std::string& address) {
        return is_host_and_port(address)
                   ? std::string()
                   : "is \"" + address + "\"; allowed: HOST:PORT with a port from 0 to 65535";
      })
      ->type_name("HOST:PORT");
  app.add_option(
         "--linger",
         read_into(s.linger, "--linger", duration_from(Duration::zero()), "a duration such as 30s"),
         "Keep serving metrics that long afterwards")
      ->type_name("DURATION")
      ->default_str("0s");
  app.add_option("--json", s.json, "Write the results there");
}

void add_generated(CLI::App& app, Settings& s) {
  static const std::map<std::string, IdDistribution> kDistributions = {
      {"uniform", IdDistribution::kUniform}, {"zipf", IdDistribution::kZipf}};
  app.add_option("--ids", s.ids, "How ids are drawn: uniform or zipf")
      ->transform(CLI::CheckedTransformer(kDistributions))
      ->default_str("uniform");
  app.add_option(
         "--duration",
         read_into(s.duration, "--duration", duration_from(kTick), "a duration such as 10s"),
         "Stop after that time; default 10s, unless --operations is given")
      ->type_name("DURATION");
  app.add_option("--operations", s.operations, "Stop after that many requests")
      ->check(at_least(1, s.operations));
  app.add_option("--retry-attempts", s.retry_attempts,
                 "Runs in all if they fail, by the retry policy of every start; 0: none")
      ->check(CLI::Range(0U, 1'000'000'000U))
      ->capture_default_str();
  const auto timeout = [&](const char* name, Duration& value, const char* what) {
    app.add_option(name, read_into(value, name, duration_from(kTick), "a duration such as 500ms"),
                   what)
        ->type_name("DURATION");
  };
  timeout("--run-timeout", s.run_timeout, "Run timeout of every start; default: none");
  timeout("--execution-timeout", s.execution_timeout,
          "Execution timeout of every start; default: none");
  app.add_option("--payload", s.payload_bytes, "Bytes of input of each start")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{limits::kPayloadBytes}))
      ->capture_default_str();
  app.add_option("--seed", s.seed, "Seed of the random numbers; default: from the system")
      ->check(at_least(0, s.seed));
  app.add_option("--journal", s.journal,
                 "Append what is asked and answered, a line of JSON each, to that file");
  app.add_flag("--delete-namespace", s.delete_namespace,
               "Delete the namespace when the work is done, with all that it holds");
}

void add_id_count(CLI::App& app, Settings& s) {
  app.add_option("--id-count", s.id_count,
                 "Draw from that many ids; 0: every start has an id of its own")
      ->check(at_least(0, s.id_count))
      ->capture_default_str();
}

void add_complete(CLI::App& app, Settings& s) {
  app.add_option("--complete", s.complete_percent,
                 "Complete that share of the started runs, in percent, as soon as they started")
      ->check(CLI::Range(0U, 100U))
      ->capture_default_str();
}

void add_batch(CLI::App& app, Settings& s) {
  app.add_option("--batch", s.batch, "Starts in one call; their latency is that of the call")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{limits::kStartsPerBatch}))
      ->capture_default_str();
}

CLI::Option* add_rate(CLI::App& app, Settings& s) {
  return app
      .add_option("--rate",
                  read_into(s.rate, "--rate", rate_from, "a number from 0.001 to 1000000000"),
                  "Requests a second")
      ->type_name("NUMBER");
}

void add_mixed(CLI::App& app, Settings& s) {
  app.add_option("--id-count", s.id_count, "Draw from that many ids")
      ->check(at_least(1, s.id_count))
      ->default_str(std::to_string(kMixedIds));
  app.add_option("--mix",
                 read_into(s.mix, "--mix", Mix::from,
                           "OPERATION=WEIGHT,... with start, enqueue, cancel_existing, retry, "
                           "complete, fail, request_cancel, report_canceled, terminate, remove, "
                           "continue_as_new, reset, pause, unpause, signal, describe, list and "
                           "weights up to " +
                               std::to_string(Mix::kMaxWeight)),
                 "How often each operation is asked for, in proportion")
      ->type_name("OPERATION=WEIGHT,...")
      ->default_str(s.mix.text());
  app.add_option("--list-query", s.list_query,
                 "What a list asks for, as docs/filter.md says; its first page is taken")
      ->capture_default_str();
}

/// The pairs of policies that every start would be refused for.
void check_policies(Settings& s) {
  const bool is_named = s.conflict != ConflictPolicy::kUnspecified;
  const bool contradicts = s.reuse == ReusePolicy::kTerminateIfRunning
                               ? is_named
                               : s.reuse == ReusePolicy::kRejectDuplicate &&
                                     s.conflict == ConflictPolicy::kTerminateExisting;
  if (contradicts) {
    throw CLI::ValidationError(
        "--reuse " + std::string(to_string(s.reuse)),
        "can't be combined with --conflict " + std::string(to_string(s.conflict)));
  }
  if (!is_named && s.reuse != ReusePolicy::kTerminateIfRunning) s.conflict = ConflictPolicy::kFail;
}

/// What goes with starts one by one only.
void check_batch(const Settings& s) {
  if (s.batch == 1) return;
  if (s.batch > s.outstanding) {
    throw CLI::ValidationError("--batch", "is more than --outstanding");
  }
  if (s.complete_percent > 0 || !s.journal.empty()) {
    throw CLI::ValidationError("--batch", "can't be combined with --complete and --journal");
  }
}

}  // namespace

Settings parse_command_line(int argc, char** argv) {
  Settings settings;
  settings.seed = std::random_device()();

  CLI::App app(
      "Puts load on onerun and measures it.\n"
      "Durations: 500ms, 7200s, 90m, 3h, 30d, or sums of them.",
      "onerun-load");
  app.set_version_flag("--version", std::string("onerun-load ") + ONERUN_VERSION);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.require_subcommand(0, 1);

  CLI::App* closed = app.add_subcommand("closed", "N requests under way at any time");
  CLI::App* open = app.add_subcommand("open", "Starts at a rate, whatever becomes of them");
  CLI::App* mixed = app.add_subcommand("mixed", "All operations, on the same ids");
  CLI::App* replay = app.add_subcommand("replay", "The operations of a trace, at full speed");
  for (CLI::App* mode : {closed, open, mixed, replay}) {
    mode->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    add_common(*mode, settings);
  }
  for (CLI::App* mode : {closed, open, mixed}) add_generated(*mode, settings);
  for (CLI::App* mode : {closed, open}) {
    add_id_count(*mode, settings);
    add_complete(*mode, settings);
  }
  add_batch(*closed, settings);
  add_rate(*open, settings)->default_str("10000");
  add_rate(*mixed, settings)->default_str("as many as are outstanding");
  add_mixed(*mixed, settings);
  replay->add_option("trace", settings.trace, "File with at_ms,op,workflow_id,request_id")
      ->required();

  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) throw CLI::RequiredError("closed, open, mixed or replay");
    check_policies(settings);
    check_batch(settings);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    std::exit(status == 0 ? 0 : kUsageError);
  }
  settings.mode = *open     ? Mode::kOpen
                  : *mixed  ? Mode::kMixed
                  : *replay ? Mode::kReplay
                            : Mode::kClosed;
  if (*open && !settings.rate) settings.rate = kOpenRate;
  if (*mixed && settings.id_count == 0) settings.id_count = kMixedIds;
  if (!settings.duration && !settings.operations) settings.duration = std::chrono::seconds(10);
  return settings;
}

}  // namespace onerun::load
