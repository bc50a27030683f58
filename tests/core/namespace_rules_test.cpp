// The life of a namespace. Specification section 6.1.
#include "core/namespace_rules.hpp"

#include <gtest/gtest.h>

#include "tests/support/core.hpp"

namespace onerun::core {
namespace {

constexpr Timestamp kNow{std::chrono::days(20'000)};

NamespaceRecord record(NamespaceState state = NamespaceState::kRegistered) {
  NamespaceRecord made{.name = NamespaceName("orders")};
  made.id = make_uuid_v4(0xABCDE00000000000, 0);
  made.state = state;
  return made;
}

TEST(NamespaceState, GatesStartsAndAllElse) {
  using enum NamespaceUse;
  const auto allows = [](NamespaceState state, NamespaceUse use) {
    const Status status = check_state(record(state), use);
    if (!status.ok()) {
      EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
      EXPECT_EQ(status.detail<NamespaceInvalidState>()->state, state);
      EXPECT_EQ(status.detail<NamespaceInvalidState>()->name, NamespaceName("orders"));
    }
    return status.ok();
  };
  EXPECT_TRUE(allows(NamespaceState::kRegistered, kStart));
  EXPECT_TRUE(allows(NamespaceState::kRegistered, kOther));
  EXPECT_FALSE(allows(NamespaceState::kDeprecated, kStart));
  EXPECT_TRUE(allows(NamespaceState::kDeprecated, kOther));
  EXPECT_FALSE(allows(NamespaceState::kDeleted, kStart));
  EXPECT_FALSE(allows(NamespaceState::kDeleted, kOther));
  for (const auto state :
       {NamespaceState::kRegistered, NamespaceState::kDeprecated, NamespaceState::kDeleted}) {
    EXPECT_TRUE(allows(state, kDescribe));
  }
}

TEST(NamespaceUpdate, ChangesWhatItHoldsAndMergesData) {
  NamespaceRecord before = record();
  before.config.owner = "team";
  before.config.data = {{"a", "1"}, {"b", "2"}};
  NamespaceUpdate update;
  update.retention = Retention{.closed = std::chrono::hours(2)};
  update.data = {{"b", "3"}, {"c", "4"}};
  const auto after = decide_update(before, update, kNow);
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->config.retention.closed, std::chrono::hours(2));
  EXPECT_EQ(after->config.owner, "team");
  EXPECT_EQ(after->config.data, (TextMap{{"a", "1"}, {"b", "3"}, {"c", "4"}}));
  EXPECT_EQ(after->config_version, before.config_version + 1);
}

/// What closed when the shortest retention of then had not ended for it is still there.
TEST(NamespaceUpdate, NotesSinceWhenRunsAreKeptByThePresentRetention) {
  const auto change = [](const NamespaceRecord& before, Duration retention, Timestamp now) {
    return *decide_update(before, {.retention = Retention{.closed = retention}}, now);
  };
  NamespaceRecord before = record();
  before.config.retention.closed = std::chrono::hours(2);
  before.config.retention.by_status[RunStatus::kFailed] = std::chrono::hours(1);
  const NamespaceRecord shorter = change(before, std::chrono::minutes(1), kNow);
  EXPECT_EQ(shorter.kept_since, kNow - std::chrono::hours(1) + std::chrono::seconds(1));
  const NamespaceRecord longer =
      change(shorter, std::chrono::hours(5), kNow + std::chrono::minutes(2));
  EXPECT_EQ(longer.kept_since, kNow + std::chrono::minutes(1) + std::chrono::seconds(1));
  const NamespaceRecord same = change(longer, std::chrono::hours(5), kNow + std::chrono::hours(9));
  EXPECT_EQ(same.kept_since, longer.kept_since);
  const NamespaceRecord back = change(longer, std::chrono::hours(1), kNow);
  EXPECT_EQ(back.kept_since, longer.kept_since) << "the clock was set back";
}

TEST(NamespaceUpdate, BoundsWhatDataGrowsTo) {
  NamespaceRecord before = record();
  before.config.data = {{"a", std::string(limits::kNamespaceDataBytes - 1, 'x')}};
  EXPECT_EQ(decide_update(before, {.data = {{"b", "x"}}}, kNow).code(),
            StatusCode::kInvalidArgument);
}

TEST(NamespaceUpdate, IsRefusedOnceDeleted) {
  EXPECT_EQ(decide_update(record(NamespaceState::kDeleted), {}, kNow).code(),
            StatusCode::kFailedPrecondition);
}

TEST(NamespaceDeprecate, IsASuccessThatChangesNothingTheSecondTime) {
  const auto once = decide_deprecate(record());
  EXPECT_EQ(once->state, NamespaceState::kDeprecated);
  const auto twice = decide_deprecate(*once);
  EXPECT_EQ(*twice, *once);
  EXPECT_FALSE(decide_deprecate(record(NamespaceState::kDeleted)).ok());
}

TEST(NamespaceDelete, RenamesWithTheFirstCharactersOfTheId) {
  EXPECT_EQ(deleted_name(record()).text(), "orders-deleted-abcde");
  NamespaceRecord longest = record();
  std::string name = "a";
  while (name.size() + 2 <= limits::kIdBytes) name += "\u00E9";  // two bytes each
  longest.name = NamespaceName(name);
  EXPECT_EQ(deleted_name(longest).text(), name.substr(0, 985) + "-deleted-abcde")
      << "cut between characters, and within the limit";
  const auto deleted = decide_delete(record(), deleted_name(record()), {});
  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ(deleted->name.text(), "orders-deleted-abcde");
  EXPECT_EQ(deleted->state, NamespaceState::kDeleted);
  EXPECT_FALSE(decide_delete(*deleted, deleted_name(*deleted), {}).ok());
}

TEST(NamespaceDelete, SparesProtectedNamespaces) {
  const auto refused = decide_delete(record(), deleted_name(record()), {NamespaceName("orders")});
  EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace onerun::core
