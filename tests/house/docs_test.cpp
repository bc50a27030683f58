// The pages: what they say is what the program does.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/filter.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/run_index.hpp"
#include "core/text.hpp"
#include "core/uuid.hpp"
#include "metrics/catalog.hpp"
#include "onerun/limits.hpp"
#include "onerun/prometheus.hpp"
#include "onerun/runtime.hpp"
#include "store/files.hpp"
#include "tests/support/history.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = ONERUN_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream in(kRoot / path);
  EXPECT_TRUE(in) << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// ---- docs/format.md ----

/// The worked examples of a page: blocks that begin with a name, and hold hexadecimal bytes with
/// remarks behind a `#`.
std::map<std::string, std::string> examples_in(const std::string& page) {
  static const std::regex kBlock("```hex ([a-z_ ]+)\n([^`]*)```");
  std::map<std::string, std::string> examples;
  for (std::sregex_iterator at(page.begin(), page.end(), kBlock), end; at != end; ++at) {
    std::istringstream lines((*at)[2]);
    std::string bytes;
    for (std::string line; std::getline(lines, line);) {
      line = line.substr(0, line.find('#'));
      std::ranges::copy_if(line, std::back_inserter(bytes), [](char c) { return c != ' '; });
    }
    examples[(*at)[1]] = bytes;
  }
  return examples;
}

Timestamp at(std::int64_t ms) { return Timestamp(Duration(ms)); }

/// The bytes that the code writes for the run that the page tells of.
std::map<std::string, std::string> written_bytes() {
  using namespace core;
  const RunId run(*uuid_from_text("018e4c5a-9a00-7001-8000-0000000000aa"));
  const WorkflowId order("order-17");
  const Timestamp started = at(1'710'662'400'000);
  const Timestamp completed = at(1'710'662'460'000);

  StartRequest request{.workflow_id = order, .request_id = RequestId("r-1")};
  request.input = {Payload::json("{}")};
  const auto start = core::test::started(run, started, {}, request);
  const auto close =
      core::test::closed(run, completed, RunStatus::kCompleted, {.result = {Payload::bytes("ok")}});
  RunHead head{.run_id = run,
               .status = RunStatus::kRunning,
               .start_time = started,
               .start_request_id = RequestId("r-1"),
               .history_length = 1,
               .history_size_bytes = core::test::bytes_of(start).size()};
  NamespaceRecord record{.name = NamespaceName("orders")};
  record.id = *uuid_from_text("c0ffee00-0000-4000-8000-000000000001");
  record.config.retention.by_status[RunStatus::kFailed] = std::chrono::hours(24);

  const run_index::Place place{started, run};
  const keys::Due due{keys::DueStage::kRun, RunStatus::kCompleted, completed, run};
  return {
      {"head key", to_hex(keys::head(1, order))},
      {"head value", to_hex(encode_head({.current = head}))},
      {"run key", to_hex(keys::run(1, run))},
      {"run key of a text", to_hex(keys::run(1, RunId(std::string_view("my run"))))},
      {"run value", to_hex(core::test::bytes_of(start))},
      {"run value after the end",
       to_hex(core::test::bytes_of(start) + core::test::bytes_of(close))},
      {"batch key", to_hex(keys::event_batch(1, run, 2))},
      {"batch value", to_hex(core::test::bytes_of(close))},
      {"signal request key", to_hex(keys::signal_request(1, run, RequestId("r-2")))},
      {"link key", to_hex(keys::link(1, {run, order}))},
      {"link value", to_hex(encode_link({run, RunStatus::kCompleted, completed}))},
      {"timer key", to_hex(keys::timer(1, {completed, run}))},
      {"timer key of an event", to_hex(keys::timer(1, {completed, run, 300}))},
      {"due key", to_hex(keys::due(1, due))},
      {"due value", to_hex(order.text())},
      {"open key", to_hex(run_index::key(1, RunStatus::kRunning, place))},
      {"closed key", to_hex(run_index::key(1, RunStatus::kCompleted, place))},
      {"closed value", to_hex(run_index::encode_close_time(completed))},
      {"namespace key", to_hex(keys::namespace_record(1))},
      {"namespace value", to_hex(encode_namespace(record))},
      {"counts key", to_hex(keys::namespace_counts(1))},
      {"counts value", to_hex(encode_counts({.open = 1, .closed = 300}))},
  };
}

TEST(FormatPage, ShowsTheBytesThatAreWritten) {
  auto shown = examples_in(read("docs/format.md"));
  for (const auto& [name, bytes] : written_bytes()) {
    EXPECT_EQ(shown[name], bytes) << name;
    shown.erase(name);
  }
  shown.erase("high water");
  EXPECT_TRUE(shown.empty()) << "an example that nothing checks: " << shown.begin()->first;
}

TEST(FormatPage, ShowsTheHighWaterMarkThatIsWritten) {
  const test::TemporaryDirectory directory;
  auto mark = store::HighWaterMark::open(directory.path(), true, false);
  ASSERT_TRUE(mark->note(299).ok());
  ASSERT_TRUE(mark->note(300).ok());
  std::ifstream in(directory / "HIGH_WATER", std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  EXPECT_EQ(examples_in(read("docs/format.md"))["high water"], core::to_hex(bytes.str()));
}

// ---- docs/metrics.md ----

struct Row {
  std::string type;
  std::string labels;
  std::string help;
  friend bool operator==(const Row&, const Row&) = default;
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.type << " | " << row.labels << " | " << row.help;
}

std::map<std::string, Row> rows_of_metrics_page() {
  static const std::regex kRow(R"(\| `(onerun_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|)");
  const std::string page = read("docs/metrics.md");
  std::map<std::string, Row> rows;
  for (std::sregex_iterator row(page.begin(), page.end(), kRow), end; row != end; ++row) {
    rows[(*row)[1]] = {(*row)[2], (*row)[3], (*row)[4]};
  }
  return rows;
}

std::string name_of(metrics::MetricType type) {
  switch (type) {
    case metrics::MetricType::kCounter: return "counter";
    case metrics::MetricType::kGauge: return "gauge";
    case metrics::MetricType::kHistogram: return "histogram";
  }
  return "?";
}

std::string labels_as_written(std::string_view labels) {
  std::string written;
  for (std::size_t begin = 0; begin < labels.size();) {
    const std::size_t end = std::min(labels.find(',', begin), labels.size());
    written += (begin > 0 ? ", `" : "`") + std::string(labels.substr(begin, end - begin)) + "`";
    begin = end + 1;
  }
  return written;
}

TEST(MetricsPage, ListsTheCatalog) {
  auto rows = rows_of_metrics_page();
  for (const metrics::MetricInfo& info : metrics::kCatalog) {
    const std::string name(info.name);
    const Row expected{name_of(info.type), labels_as_written(info.labels), std::string(info.help)};
    EXPECT_EQ(rows[name], expected) << name;
    rows.erase(name);
  }
  EXPECT_TRUE(rows.empty()) << "there is no metric " << rows.begin()->first;
}

/// Uses everything once, so that every series exists.
void use_everything(Runtime& runtime) {
  const auto orders = runtime.ensure_namespace(NamespaceName("orders"));
  const WorkflowId id("a");
  ASSERT_TRUE(orders->start({.workflow_id = id}).get().ok());
  ASSERT_TRUE(orders->complete({id}).get().ok());
}

TEST(MetricsPage, ListsWhatIsExported) {
  auto runtime = Runtime::open({.store = StoreKind::kMemory});
  use_everything(*runtime);
  const auto registry = registry_of(*runtime);
  ASSERT_TRUE(runtime->shutdown(std::chrono::seconds(10)).ok());
  const auto rows = rows_of_metrics_page();
  std::set<std::string> exported;
  for (const auto& family : registry->Collect()) {
    ASSERT_TRUE(rows.contains(family.name)) << family.name;
    const Row& row = rows.at(family.name);
    EXPECT_EQ(family.help, row.help);
    EXPECT_EQ(row.type, family.type == prometheus::MetricType::Counter ? "counter"
                        : family.type == prometheus::MetricType::Gauge ? "gauge"
                                                                       : "histogram");
    for (const auto& metric : family.metric) {
      exported.insert(family.name);
      for (const auto& label : metric.label) {
        EXPECT_NE(row.labels.find("`" + label.name + "`"), std::string::npos)
            << family.name << " has a label " << label.name;
      }
    }
  }
  for (const auto& [name, row] : rows) {
    EXPECT_TRUE(exported.contains(name)) << name << " is on the page and not exported";
  }
}

// ---- docs/filter.md ----

TEST(FilterPage, ShowsFiltersThatAreTaken) {
  static const std::regex kBlock("```filter\n([^]*?)```");
  const std::string page = read("docs/filter.md");
  int filters = 0;
  for (std::sregex_iterator block(page.begin(), page.end(), kBlock), end; block != end; ++block) {
    std::istringstream lines((*block)[1]);
    for (std::string line; std::getline(lines, line); ++filters) {
      EXPECT_TRUE(core::parse_filter(line).ok())
          << line << ": " << core::parse_filter(line).status();
    }
  }
  EXPECT_GT(filters, 10) << "the examples were found";
}

TEST(FilterPage, ShowsTheErrorsThatAreGiven) {
  static const std::regex kRow(R"(\n\| `([^`]+)` \| (\d+) \| ([^\n]+) \|)");
  const std::string page = read("docs/filter.md");
  int errors = 0;
  for (std::sregex_iterator row(page.begin(), page.end(), kRow), end; row != end; ++row, ++errors) {
    const Status status = core::parse_filter((*row)[1].str()).status();
    const auto* detail = status.detail<InvalidFilter>();
    ASSERT_NE(detail, nullptr) << (*row)[1] << ": " << status;
    EXPECT_EQ(std::to_string(detail->column), (*row)[2]) << status;
    EXPECT_TRUE(detail->expected.starts_with((*row)[3].str())) << status;
  }
  EXPECT_GT(errors, 5) << "the examples were found";
}

// ---- README.md and the rest ----

TEST(Readme, ShowsTheExampleThatCompiles) {
  const std::string example = read("examples/hello.cpp");
  const std::string shown = example.substr(example.find("#include"));
  EXPECT_NE(read("README.md").find("```cpp\n" + shown + "```"), std::string::npos)
      << "README.md does not show examples/hello.cpp as it is";
  EXPECT_LE(std::ranges::count(shown, '\n'), 25);
}

TEST(Limits, AreDocumentedAsTheyAre) {
  const std::string page = read("docs/limits.md");
  const auto expect_row = [&](const std::string& name, const std::string& value) {
    EXPECT_TRUE(
        std::regex_search(page, std::regex("\\| `" + name + "` \\|[^|]*\\| " + value + " \\|")))
        << name << " = " << value;
  };
  expect_row("kIdBytes", std::to_string(limits::kIdBytes) + " bytes");
  expect_row("kPayloadBytes", std::to_string(limits::kPayloadBytes >> 20) + " MiB");
  expect_row("kPayloads", "10,000");
  expect_row("kMetadataEntries", std::to_string(limits::kMetadataEntries));
  expect_row("kReasonBytes", std::to_string(limits::kReasonBytes >> 10) + " KiB");
  expect_row("kMemoBytes", std::to_string(limits::kMemoBytes >> 20) + " MiB");
  expect_row("kHeaderBytes", std::to_string(limits::kHeaderBytes >> 20) + " MiB");
  expect_row("kSearchAttributes", std::to_string(limits::kSearchAttributes));
  expect_row("kSearchAttributeBytes", std::to_string(limits::kSearchAttributeBytes >> 10) + " KiB");
  expect_row("kSearchAttributesBytes",
             std::to_string(limits::kSearchAttributesBytes >> 10) + " KiB");
  expect_row("kAttachedRequestIds", std::to_string(limits::kAttachedRequestIds));
  expect_row("kNonRetryableTypes", std::to_string(limits::kNonRetryableTypes));
  expect_row("kChainRequestIds", std::to_string(limits::kChainRequestIds));
  expect_row("kMinRunInterval", "1 s");
  expect_row("kRunsPerPage", "1,000");
  expect_row("kSignalsPerRun", "10,000");
  expect_row("kHistoryEvents", "51,200");
  expect_row("kHistoryBytes", std::to_string(limits::kHistoryBytes >> 20) + " MiB");
  expect_row("kEventsPerPage", std::to_string(limits::kEventsPerPage));
  expect_row("kStartsPerBatch", "10,000");
  expect_row("kNamespaceDataBytes", std::to_string(limits::kNamespaceDataBytes >> 10) + " KiB");
  expect_row("kFilterBytes", std::to_string(limits::kFilterBytes >> 10) + " KiB");
  expect_row("kFilterConditions", std::to_string(limits::kFilterConditions));
  expect_row("kFilterDepth", std::to_string(limits::kFilterDepth));
  expect_row("kRunsLookedAtPerPage", "10,000");
  expect_row("kBytesReadPerPage", std::to_string(limits::kBytesReadPerPage >> 20) + " MiB");
  expect_row("kPageBytes", std::to_string(limits::kPageBytes >> 20) + " MiB");
  expect_row("kPageTokenBytes", std::to_string(limits::kPageTokenBytes >> 10) + " KiB");
  expect_row("kMinRetention", "1 s");
  expect_row("kMaxDuration", "100 years");
  expect_row("kDefaultRetention", "30 days");
}

/// The cases that a text names, such as C001.
std::set<std::string> cases_in(const std::string& text) {
  static const std::regex kCase(R"(\bC\d{3}(?!\d))");
  std::set<std::string> cases;
  for (std::sregex_iterator at(text.begin(), text.end(), kCase), end; at != end; ++at) {
    cases.insert(at->str());
  }
  return cases;
}

/// The cases that tests carry in their names.
std::set<std::string> tested_cases() {
  std::set<std::string> tested;
  for (const char* folder : {"tests/core", "tests/runtime"}) {
    for (const auto& file : std::filesystem::directory_iterator(kRoot / folder)) {
      std::ifstream in(file.path());
      for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("TEST")) continue;
        tested.merge(cases_in(std::regex_replace(line, std::regex("_"), " ")));
      }
    }
  }
  return tested;
}

TEST(Conformance, IsWhatThePageSays) {
  const std::string page = read("docs/conformance.md");
  const std::size_t left_out = page.find("## Left out");
  const auto tested = tested_cases();
  EXPECT_EQ(cases_in(page.substr(0, left_out)), tested);
  for (const std::string& one : cases_in(page.substr(left_out))) {
    EXPECT_FALSE(tested.contains(one)) << one << " is tested and said to be left out";
  }
}

TEST(Pages, LinkToWhatIsThere) {
  static const std::regex kLink(R"(\]\(([^)#]+)(#[^)]*)?\))");
  std::vector<fs::path> pages = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md"};
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "docs")) {
    if (entry.path().extension() == ".md") pages.push_back(fs::relative(entry.path(), kRoot));
  }
  EXPECT_GT(pages.size(), 6u);
  for (const fs::path& page : pages) {
    const std::string text = read(page);
    for (std::sregex_iterator link(text.begin(), text.end(), kLink), end; link != end; ++link) {
      const std::string target = (*link)[1];
      if (target.find("://") != std::string::npos) continue;
      EXPECT_TRUE(fs::exists(kRoot / page.parent_path() / target)) << page << " -> " << target;
    }
  }
}

}  // namespace
}  // namespace onerun
