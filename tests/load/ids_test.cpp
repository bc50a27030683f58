#include "ids.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace onerun::load {
namespace {

TEST(IdSequence, GivesEveryStartAnIdOfItsOwn) {
  IdSequence ids(Settings{.seed = 1});
  std::set<WorkflowId> seen;
  for (int i = 0; i < 10'000; ++i) {
    const WorkflowId id = ids.next();
    EXPECT_EQ(id.text().size(), 20u);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(IdSequence, IsTheSameForTheSameSeed) {
  IdSequence a(Settings{.id_count = 100, .seed = 7});
  IdSequence b(Settings{.id_count = 100, .seed = 7});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.next(), b.next());
}

TEST(IdSequence, DrawsFromSoManyIds) {
  IdSequence ids(Settings{.id_count = 10, .seed = 7});
  std::set<WorkflowId> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(ids.next());
  EXPECT_EQ(seen.size(), 10u);
}

TEST(Zipf, DrawsEachRankInProportion) {
  constexpr std::uint64_t kRanks = 10;
  constexpr int kDraws = 200'000;
  const Zipf zipf(kRanks);
  std::mt19937_64 random(42);
  std::map<std::uint64_t, int> drawn;
  for (int i = 0; i < kDraws; ++i) ++drawn[zipf(random)];
  double sum = 0;
  for (std::uint64_t k = 1; k <= kRanks; ++k) sum += std::pow(static_cast<double>(k), -0.99);
  for (std::uint64_t k = 1; k <= kRanks; ++k) {
    const double expected = kDraws * std::pow(static_cast<double>(k), -0.99) / sum;
    EXPECT_NEAR(drawn[k], expected, expected * 0.05) << "rank " << k;
  }
  EXPECT_EQ(drawn.size(), kRanks) << "nothing outside of the ranks";
}

TEST(Zipf, OfOneIdGivesThatOne) {
  const Zipf zipf(1);
  std::mt19937_64 random(42);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(zipf(random), 1u);
}

}  // namespace
}  // namespace onerun::load
