// onerun-load as its users run it: options, exit status, what it prints and writes.
#include "tests/support/program.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <onerun/onerun.hpp>

#include <array>
#include <fstream>
#include <map>
#include <regex>
#include <string>

#include "tests/support/temporary_directory.hpp"

namespace onerun::load {
namespace {

using test::Outcome;

Outcome run(const std::string& arguments) { return test::run_program(ONERUN_LOAD, arguments); }

class ProgramTest : public ::testing::Test {
 protected:
  nlohmann::json run_to_json(const std::string& arguments) {
    const Outcome outcome = run(arguments + " --json '" + (directory_ / "out.json").string() + "'");
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    std::ifstream in(directory_ / "out.json");
    return nlohmann::json::parse(in, nullptr, false);
  }

  void expect_failure(int status, const std::string& arguments, const std::string& part) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, status) << arguments << "\n" << outcome.output;
    EXPECT_NE(outcome.output.find(part), std::string::npos) << arguments << "\n" << outcome.output;
  }

  std::string data_dir() const { return "--data-dir '" + (directory_ / "data").string() + "'"; }

  test::TemporaryDirectory directory_;
  const std::string replay_ = "replay '" ONERUN_TRACE "'";
};

// ---- replay ----

/// A row of the table in examples/traces/README.md.
struct Row {
  const char* options;
  std::map<std::string, int> counts;
};

const std::array kRows = {
    Row{"--reuse allow_duplicate --conflict fail --retention 30d",
        {{"started", 10894},
         {"rejected_running", 6195},
         {"completed", 9997},
         {"failed", 897},
         {"close_skipped", 6195}}},
    Row{"--reuse allow_duplicate --conflict use_existing --retention 30d",
        {{"started", 10894},
         {"used_existing", 6195},
         {"completed", 9997},
         {"failed", 897},
         {"close_skipped", 6195}}},
    Row{"--reuse allow_duplicate --conflict terminate_existing --retention 30d",
        {{"started", 17089},
         {"terminated_existing", 7875},
         {"completed", 8664},
         {"failed", 550},
         {"close_skipped", 7875}}},
    Row{"--reuse allow_duplicate_failed_only --conflict fail --retention 30d",
        {{"started", 3278},
         {"rejected_running", 1488},
         {"rejected_completed", 12323},
         {"completed", 3147},
         {"failed", 131},
         {"close_skipped", 13811}}},
    Row{"--reuse allow_duplicate_failed_only --conflict use_existing --retention 2h",
        {{"started", 8108},
         {"used_existing", 4408},
         {"rejected_completed", 4573},
         {"completed", 7359},
         {"failed", 749},
         {"close_skipped", 8981}}},
    Row{"--reuse reject_duplicate --conflict fail --retention 3h",
        {{"started", 7132},
         {"rejected_running", 3775},
         {"rejected_duplicate", 6182},
         {"completed", 6513},
         {"failed", 619},
         {"close_skipped", 9957}}},
    Row{"--reuse reject_duplicate --conflict fail --retention 30d",
        {{"started", 3191},
         {"rejected_running", 1412},
         {"rejected_duplicate", 12486},
         {"completed", 3079},
         {"failed", 112},
         {"close_skipped", 13898}}},
};

constexpr std::array kCounts = {"started",          "used_existing",      "terminated_existing",
                                "rejected_running", "rejected_completed", "rejected_duplicate",
                                "deduplicated",     "completed",          "failed",
                                "close_skipped",    "open_at_end"};

class ReplayTest : public ProgramTest,
                   public ::testing::WithParamInterface<std::tuple<const char*, std::size_t>> {};

TEST_P(ReplayTest, CountsWhatACorrectRuntimeCounts) {
  const auto& [store, number] = GetParam();
  const Row& row = kRows[number];
  const auto json = run_to_json(replay_ + " --store " + store + " " + row.options);
  for (const char* count : kCounts) {
    const auto expected = row.counts.find(count);
    EXPECT_EQ(json.value(count, -1), expected == row.counts.end() ? 0 : expected->second) << count;
  }
  EXPECT_EQ(json.value("workflow_ids", -1), 3191);
}

INSTANTIATE_TEST_SUITE_P(OnBothStores, ReplayTest,
                         ::testing::Combine(::testing::Values("rocksdb", "memory"),
                                            ::testing::Range(std::size_t{0}, kRows.size())));

TEST_F(ProgramTest, ReplayCountsTheSameOneOperationAtATime) {
  const auto json = run_to_json(replay_ +
                                " --store memory --outstanding 1 --retention 3h "
                                "--reuse reject_duplicate");
  EXPECT_EQ(json.value("started", -1), 7132);
}

TEST_F(ProgramTest, ReplayOfATraceThatWasReplayedDeduplicates) {
  std::ofstream(directory_ / "trace.csv") << "at_ms,op,workflow_id,request_id\n"
                                             "1000,start,a,r1\n2000,start,a,r1\n3000,start,b,r2\n";
  const auto json =
      run_to_json("replay '" + (directory_ / "trace.csv").string() + "' --store memory");
  EXPECT_EQ(json.value("started", -1), 2);
  EXPECT_EQ(json.value("deduplicated", -1), 1);
  EXPECT_EQ(json.value("open_at_end", -1), 2);
  EXPECT_EQ(json.value("workflow_ids", -1), 2);
}

TEST_F(ProgramTest, ReplayPrintsATableAndNoProgressIntoAPipe) {
  const Outcome outcome = run(replay_ + " --store memory");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.output.find("rejected_running"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("10,894"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find('\r'), std::string::npos);
}

// ---- closed and open ----

void expect_measured(const nlohmann::json& json) {
  EXPECT_TRUE(json.at("starts_per_second").is_number());
  EXPECT_TRUE(json.at("operations").is_number_unsigned());
  EXPECT_EQ(json.at("errors"), 0);
  for (const char* name : {"p50", "p90", "p99", "p999", "max"}) {
    EXPECT_GT(json.at("latency_us").at(name).get<double>(), 0) << name;
  }
}

TEST_F(ProgramTest, ClosedMakesAsManyStartsAsAsked) {
  const auto json = run_to_json("closed --operations 5000 --outstanding 64 " + data_dir());
  expect_measured(json);
  EXPECT_EQ(json.at("outcomes").at("started"), 5000);
}

TEST_F(ProgramTest, ClosedStartsInBatches) {
  const auto json =
      run_to_json("closed --store memory --operations 5000 --batch 300 --outstanding 1000");
  expect_measured(json);
  EXPECT_EQ(json.at("outcomes").at("started"), 5000);
  EXPECT_EQ(json.at("operations"), 5000);
}

TEST_F(ProgramTest, ClosedCompletesAShare) {
  const auto json = run_to_json("closed --store memory --operations 5000 --complete 100");
  expect_measured(json);
  EXPECT_EQ(json.at("completed"), 5000);
  EXPECT_EQ(json.at("operations"), 10000);
}

TEST_F(ProgramTest, ClosedDrawsFromAFewIds) {
  const auto json = run_to_json(
      "closed --store memory --operations 5000 --id-count 10 --ids zipf --conflict use_existing");
  EXPECT_EQ(json.at("outcomes").at("started"), 10);
  EXPECT_EQ(json.at("outcomes").at("used_existing"), 4990);
}

TEST_F(ProgramTest, OpenKeepsToItsRate) {
  const auto json = run_to_json("open --store memory --rate 2000 --operations 1000");
  expect_measured(json);
  EXPECT_EQ(json.at("operations"), 1000);
  EXPECT_LE(json.at("starts_per_second").get<double>(), 2100);
}

TEST_F(ProgramTest, CountsWhatAnOverloadedRuntimeRefuses) {
  const auto json = run_to_json(
      "open --store memory --rate 10000000 --operations 20000 --outstanding 20000 "
      "--max-in-flight 10");
  const int started = json.at("outcomes").at("started");
  const int overloaded = json.at("overloaded");
  EXPECT_GT(started, 0);
  EXPECT_GT(overloaded, 0);
  EXPECT_EQ(started + overloaded, 20'000);
  EXPECT_EQ(json.at("errors"), overloaded);
}

TEST_F(ProgramTest, TheJournalHoldsEveryRequestAndEveryAnswer) {
  const auto json = run_to_json("closed --operations 100 --complete 100 " + data_dir() +
                                " --journal '" + (directory_ / "journal").string() + "'");
  std::ifstream in(directory_ / "journal");
  std::map<std::string, int> asked;
  int answered = 0;
  for (std::string text; std::getline(in, text);) {
    const auto line = nlohmann::json::parse(text);
    if (line.contains("ask")) ++asked[line.at("op")];
    if (line.contains("answer") && line.at("code") == "ok") ++answered;
  }
  EXPECT_EQ(asked, (std::map<std::string, int>{{"complete", 100}, {"start", 100}}));
  EXPECT_EQ(answered, 200);
}

TEST_F(ProgramTest, MixesOperationsAsAsked) {
  const auto json = run_to_json("mixed --operations 5000 --id-count 50 --seed 1 " + data_dir() +
                                " --mix start=6,retry=1,complete=3,remove=0");
  const int starts = 5000 - json.at("done").at("complete").get<int>() -
                     json.at("no_such_run").at("complete").get<int>();
  EXPECT_NEAR(starts, 3500, 200);
  EXPECT_GT(json.at("done").at("complete"), 0);
  EXPECT_GT(json.at("outcomes").at("deduplicated"), 0);
  EXPECT_EQ(json.at("done").at("remove"), 0);
  EXPECT_EQ(json.at("errors"), 0);
  EXPECT_EQ(json.at("operations"), 5000);
}

TEST_F(ProgramTest, MixedLoadIsOfAllOperationsUnlessToldOtherwise) {
  const auto json = run_to_json("mixed --operations 5000 --id-count 50 --seed 1 " + data_dir());
  for (const char* operation :
       {"complete", "fail", "request_cancel", "report_canceled", "terminate", "remove",
        "continue_as_new", "reset", "pause", "unpause", "signal", "describe"}) {
    EXPECT_GT(json.at("done").at(operation), 0) << operation;
  }
  EXPECT_GT(json.at("outcomes").at("enqueued"), 0);
  EXPECT_GT(json.at("outcomes").at("cancel_requested_and_enqueued"), 0);
  EXPECT_EQ(json.at("errors"), 0) << "what a paused run refuses is none";
}

TEST_F(ProgramTest, JournalsStartsThatWaitAndResets) {
  run_to_json("mixed --operations 2000 --id-count 5 --seed 1 " + data_dir() +
              " --mix start=2,enqueue=3,cancel_existing=3,complete=6,reset=2" + " --journal '" +
              (directory_ / "journal").string() + "'");
  std::ifstream in(directory_ / "journal");
  std::map<std::string, int> seen;
  for (std::string text; std::getline(in, text);) {
    const auto line = nlohmann::json::parse(text);
    if (line.contains("conflict")) ++seen[line.at("conflict")];
    if (line.contains("op")) ++seen[line.at("op")];
    if (line.contains("queue_position") && line.at("queue_position") > 0) ++seen["waits"];
  }
  for (const char* one : {"enqueue", "cancel_existing", "reset", "waits"}) {
    EXPECT_GT(seen[one], 0) << one;
  }
}

TEST_F(ProgramTest, PrintsTheSeedThatGivesTheSameLoadAgain) {
  const Outcome given = run("closed --store memory --operations 10 --seed 18446744073709551615");
  EXPECT_TRUE(std::regex_search(given.output, std::regex("\n  seed +18446744073709551615\n")))
      << given.output;

  const std::string mixed = "mixed --operations 500 --id-count 20 --outstanding 1 --store memory";
  const std::string file = (directory_ / "drawn.json").string();
  const Outcome drawn = run(mixed + " --json '" + file + "'");
  std::smatch seed;
  ASSERT_TRUE(std::regex_search(drawn.output, seed, std::regex("\n  seed +([0-9]+)\n")))
      << drawn.output;
  const auto first = nlohmann::json::parse(std::ifstream(file));
  const auto again = run_to_json(mixed + " --seed " + seed[1].str());
  EXPECT_EQ(first.at("seed"), again.at("seed"));
  EXPECT_EQ(first.at("outcomes"), again.at("outcomes"));
  EXPECT_EQ(first.at("done"), again.at("done"));
}

TEST_F(ProgramTest, ListsWhatIsAskedFor) {
  const auto json = run_to_json("mixed --operations 500 --id-count 50 --seed 1 " + data_dir() +
                                " --mix start=1,list=1 --list-query \"WorkflowId > 'a'\"");
  EXPECT_NEAR(json.at("done").at("list").get<int>(), 250, 50);
  EXPECT_EQ(json.at("errors"), 0);
  const Outcome refused = run("mixed --store memory --operations 5 --mix list=1 --list-query '?'");
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.output.find("column 1"), std::string::npos) << refused.output;
}

TEST_F(ProgramTest, DeletesTheNamespaceWhenAsked) {
  run_to_json("closed --operations 3000 " + data_dir() + " --delete-namespace");
  const auto again = run_to_json("closed --operations 10 --id-count 1 --seed 1 " + data_dir());
  EXPECT_EQ(again.at("outcomes").at("started"), 1);
}

TEST_F(ProgramTest, EachDurabilityWorks) {
  for (const char* durability : {"sync", "async", "memory"}) {
    const auto json = run_to_json(std::string("closed --operations 1000 --durability ") +
                                  durability + " " + data_dir());
    EXPECT_EQ(json.at("outcomes").at("started"), 1000) << durability;
  }
}

TEST_F(ProgramTest, ReportsWhatItHasWhenItIsInterrupted) {
  const Outcome outcome =
      run("closed --store memory --duration 1h & sleep 0.3; kill -INT $!; wait $!");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("starts/s"), std::string::npos) << outcome.output;
}

// ---- wrong usage: exit status 2 ----

TEST_F(ProgramTest, NamesTheOptionThatIsWrong) {
  expect_failure(2, "", "closed, open, mixed or replay is required");
  expect_failure(2, "sideways", "not expected: sideways");
  expect_failure(2, "closed --colour red", "--colour");
  expect_failure(2, "closed --store paper", "--store: paper");
  expect_failure(2, "closed --durability maybe", "--durability: maybe");
  expect_failure(2, "closed --ids normal", "--ids");
  expect_failure(2, "closed --batch 10 --outstanding 9", "--batch");
  expect_failure(2, "closed --batch 10 --complete 50", "--batch");
  expect_failure(2, "closed --outstanding 0", "--outstanding");
  expect_failure(2, "closed --outstanding many", "--outstanding");
  expect_failure(2, "closed --operations 0",
                 "--operations: is \"0\"; allowed: a whole number from 1 to");
  expect_failure(2, "closed --id-count -1", "--id-count");
  for (const char* bad : {"-1", "+1", "1.5", "0x10", "1e3", "18446744073709551616", "''"}) {
    expect_failure(2, std::string("closed --seed ") + bad, "--seed: is ");
  }
  expect_failure(2, "closed --duration 5", "--duration: is \"5\"; allowed: a duration such as 10s");
  expect_failure(2, "closed --reuse sometimes", "--reuse: is \"sometimes\"; allowed: allow_dup");
  expect_failure(2, "closed --conflict maybe", "--conflict: is \"maybe\"; allowed: fail");
  expect_failure(2, "open --rate 0", "--rate: is \"0\"; allowed: a number from 0.001");
  expect_failure(2, "open --rate nan", "--rate");
  expect_failure(2, "open --rate -5", "--rate");
  expect_failure(2, "mixed --id-count 0", "--id-count");
  for (const char* bad :
       {"start", "start=", "start=-1", "start=0", "stat=1", "start=1000001", "a=1,", "=36"}) {
    expect_failure(2, std::string("mixed --mix ") + bad,
                   std::string("--mix: is \"") + bad + "\"; allowed: OPERATION=WEIGHT");
  }
  expect_failure(2, "replay", "trace");
}

TEST_F(ProgramTest, NamesTheRetentionThatIsWrong) {
  for (const char* bad : {"0s", "-1h", "999ms", "3", "forever", "999999d"}) {
    expect_failure(2, replay_ + " --retention " + bad, std::string("--retention: is \"") + bad);
  }
}

TEST_F(ProgramTest, HelpAndVersionAreNoErrors) {
  EXPECT_EQ(run("--help").status, 0);
  EXPECT_EQ(run("closed --help").status, 0);
  EXPECT_NE(run("--version").output.find("onerun-load 0.1"), std::string::npos);
}

TEST_F(ProgramTest, PoliciesThatContradictEachOtherAreRefused) {
  expect_failure(2, "closed --reuse reject_duplicate --conflict terminate_existing",
                 "reject_duplicate");
  expect_failure(2, "closed --reuse terminate_if_running --conflict fail", "terminate_if_running");
}

TEST_F(ProgramTest, NamesTheMetricsAddressThatIsNone) {
  for (const char* bad : {"9464", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:http", ":9464"}) {
    expect_failure(2, std::string("closed --store memory --metrics ") + bad,
                   std::string("is \"") + bad + "\"; allowed: HOST:PORT");
  }
}

// ---- failures: exit status 1 ----

TEST_F(ProgramTest, NamesTheTraceAndTheLine) {
  expect_failure(1, "replay '" + (directory_ / "none").string() + "'", "No such file");
  std::ofstream(directory_ / "bad.csv")
      << "at_ms,op,workflow_id,request_id\n1,start,a,r\n2,jump,a,r\n";
  expect_failure(1, "replay '" + (directory_ / "bad.csv").string() + "'",
                 "bad.csv, line 3: op is \"jump\"");
}

TEST_F(ProgramTest, SaysThatTheMetricsPortIsInUse) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(fd, generic, size), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  ASSERT_EQ(::getsockname(fd, generic, &size), 0);
  const std::string host_port = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  expect_failure(1, "closed --store memory --metrics " + host_port,
                 "can't serve metrics at " + host_port);
  ::close(fd);
}

TEST_F(ProgramTest, SaysWhichFreePortItServesMetricsAt) {
  const Outcome outcome = run("closed --store memory --operations 10 --metrics 127.0.0.1:0");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_TRUE(std::regex_search(
      outcome.output, std::regex("metrics at http://127\\.0\\.0\\.1:[1-9][0-9]*/metrics")))
      << outcome.output;
}

TEST_F(ProgramTest, SaysThatTheDirectoryIsInUse) {
  const auto runtime = Runtime::open({.data_dir = directory_ / "data"});
  ASSERT_TRUE(runtime.ok());
  expect_failure(1, "closed --operations 10 " + data_dir(),
                 "is in use by process " + std::to_string(::getpid()));
}

TEST_F(ProgramTest, SaysThatTheDirectoryIsOfANewerFormat) {
  { ASSERT_TRUE(Runtime::open({.data_dir = directory_ / "data"}).ok()); }
  std::ofstream(directory_ / "data" / "FORMAT") << "onerun format 99\n";
  expect_failure(1, "closed --operations 10 " + data_dir(), "has format 99; this version reads");
}

TEST_F(ProgramTest, SaysThatTheResultsCannotBeWrittenBeforeItWorks) {
  expect_failure(1, "closed --store memory --operations 10 --json /nowhere/out.json",
                 "/nowhere/out.json");
}

}  // namespace
}  // namespace onerun::load
