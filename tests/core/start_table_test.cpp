// The decision table against the specification's own text of it (section 1.2), row by row.
#include "core/start_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <sstream>
#include <string>

namespace onerun::core {
namespace {

struct Row {
  ReusePolicy reuse;
  ConflictPolicy conflict;
  const char* cells;
};

using enum ReusePolicy;
constexpr auto kNone = ConflictPolicy::kUnspecified;
constexpr auto kFail = ConflictPolicy::kFail;
constexpr auto kUse = ConflictPolicy::kUseExisting;
constexpr auto kTerminate = ConflictPolicy::kTerminateExisting;
constexpr auto kCancel = ConflictPolicy::kCancelExisting;
constexpr auto kQueue = ConflictPolicy::kEnqueue;

// Columns: none, running, completed, failed, canceled, terminated, timed out, continued as new.
// The rows of cancel_existing and enqueue are design section 8, difference 5.
constexpr std::array<Row, 30> kSpecification = {{
    {kUnspecified, kNone, "NEW DUP-R NEW NEW NEW NEW NEW NEW"},
    {kUnspecified, kFail, "NEW DUP-R NEW NEW NEW NEW NEW NEW"},
    {kUnspecified, kUse, "NEW USE NEW NEW NEW NEW NEW NEW"},
    {kUnspecified, kTerminate, "NEW TERM NEW NEW NEW NEW NEW NEW"},
    {kAllowDuplicate, kNone, "NEW DUP-R NEW NEW NEW NEW NEW NEW"},
    {kAllowDuplicate, kFail, "NEW DUP-R NEW NEW NEW NEW NEW NEW"},
    {kAllowDuplicate, kUse, "NEW USE NEW NEW NEW NEW NEW NEW"},
    {kAllowDuplicate, kTerminate, "NEW TERM NEW NEW NEW NEW NEW NEW"},
    {kAllowDuplicateFailedOnly, kNone, "NEW DUP-R DUP-S NEW NEW NEW NEW DUP-S"},
    {kAllowDuplicateFailedOnly, kFail, "NEW DUP-R DUP-S NEW NEW NEW NEW DUP-S"},
    {kAllowDuplicateFailedOnly, kUse, "NEW USE DUP-S NEW NEW NEW NEW DUP-S"},
    {kAllowDuplicateFailedOnly, kTerminate, "NEW TERM DUP-S NEW NEW NEW NEW DUP-S"},
    {kRejectDuplicate, kNone, "NEW DUP-R DUP-F DUP-F DUP-F DUP-F DUP-F DUP-F"},
    {kRejectDuplicate, kFail, "NEW DUP-R DUP-F DUP-F DUP-F DUP-F DUP-F DUP-F"},
    {kRejectDuplicate, kUse, "NEW USE DUP-F DUP-F DUP-F DUP-F DUP-F DUP-F"},
    {kRejectDuplicate, kTerminate, "IA IA IA IA IA IA IA IA"},
    {kTerminateIfRunning, kNone, "NEW TERM NEW NEW NEW NEW NEW NEW"},
    {kTerminateIfRunning, kFail, "IA IA IA IA IA IA IA IA"},
    {kTerminateIfRunning, kUse, "IA IA IA IA IA IA IA IA"},
    {kTerminateIfRunning, kTerminate, "IA IA IA IA IA IA IA IA"},
    {kUnspecified, kCancel, "NEW CANCEL NEW NEW NEW NEW NEW NEW"},
    {kUnspecified, kQueue, "NEW QUEUE NEW NEW NEW NEW NEW NEW"},
    {kAllowDuplicate, kCancel, "NEW CANCEL NEW NEW NEW NEW NEW NEW"},
    {kAllowDuplicate, kQueue, "NEW QUEUE NEW NEW NEW NEW NEW NEW"},
    {kAllowDuplicateFailedOnly, kCancel, "IA IA IA IA IA IA IA IA"},
    {kAllowDuplicateFailedOnly, kQueue, "IA IA IA IA IA IA IA IA"},
    {kRejectDuplicate, kCancel, "IA IA IA IA IA IA IA IA"},
    {kRejectDuplicate, kQueue, "IA IA IA IA IA IA IA IA"},
    {kTerminateIfRunning, kCancel, "IA IA IA IA IA IA IA IA"},
    {kTerminateIfRunning, kQueue, "IA IA IA IA IA IA IA IA"},
}};

constexpr std::array<RunStatus, 8> kColumns = {RunStatus::kUnspecified, RunStatus::kRunning,
                                               RunStatus::kCompleted,   RunStatus::kFailed,
                                               RunStatus::kCanceled,    RunStatus::kTerminated,
                                               RunStatus::kTimedOut,    RunStatus::kContinuedAsNew};

const std::map<std::string, StartCell> kCodes = {{"NEW", StartCell::kNew},
                                                 {"USE", StartCell::kUse},
                                                 {"TERM", StartCell::kTerminate},
                                                 {"CANCEL", StartCell::kCancel},
                                                 {"QUEUE", StartCell::kEnqueue},
                                                 {"DUP-R", StartCell::kDupRunning},
                                                 {"DUP-S", StartCell::kDupCompleted},
                                                 {"DUP-F", StartCell::kDupRejected},
                                                 {"IA", StartCell::kInvalid}};

TEST(StartTable, EqualsTheSpecificationInAllItsCells) {
  int cells = 0;
  for (const Row& row : kSpecification) {
    std::istringstream codes(row.cells);
    for (const RunStatus status : kColumns) {
      std::string code;
      codes >> code;
      EXPECT_EQ(start_cell(row.reuse, row.conflict, status), kCodes.at(code))
          << row.reuse << " " << row.conflict << " " << status;
      ++cells;
    }
  }
  EXPECT_EQ(cells, 30 * 8);
}

TEST(StartTable, TreatsPausedAsRunning) {
  for (const Row& row : kSpecification) {
    EXPECT_EQ(start_cell(row.reuse, row.conflict, RunStatus::kPaused),
              start_cell(row.reuse, row.conflict, RunStatus::kRunning));
  }
}

TEST(StartTable, KnowsWhichPairsContradictThemselves) {
  for (const Row& row : kSpecification) {
    EXPECT_EQ(is_valid_pair(row.reuse, row.conflict), std::string(row.cells).front() != 'I')
        << row.reuse << " " << row.conflict;
  }
}

TEST(StartTable, RefusesValuesOutsideTheEnumerations) {
  EXPECT_EQ(start_cell(static_cast<ReusePolicy>(5), kFail, RunStatus::kRunning),
            StartCell::kInvalid);
  EXPECT_EQ(start_cell(kAllowDuplicate, static_cast<ConflictPolicy>(200), RunStatus::kRunning),
            StartCell::kInvalid);
}

static_assert(start_cell(kAllowDuplicate, kFail, RunStatus::kRunning) == StartCell::kDupRunning,
              "the table can be asked while compiling");

}  // namespace
}  // namespace onerun::core
