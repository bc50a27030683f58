#include "tests/load/overload_verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace onerun::load {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

OverloadFigures good() {
  return {.goodput = {0.2, 0.9, 1.0},
          .recoveries = {{5, {40, 11, 10, 40, 10}}, {5, {50, 50}}, {20, {30, 30}}},
          .beside_hot = {{"use_existing", 0.9, 1.5}, {"terminate_existing", 1, 1}}};
}

TEST(OverloadVerdict, TakesWhatIsJustWithinItsBounds) {
  EXPECT_THAT(failures_in(good()), IsEmpty());
  EXPECT_EQ(second_of_return(good().recoveries.front()), 3);
  EXPECT_EQ(after_of_before(good().recoveries.front()), 2);
  EXPECT_EQ(after_of_before(good()), 2) << "the median of 1.5, 2 and one that did not come back";
}

TEST(OverloadVerdict, NamesAGoodputThatFalls) {
  OverloadFigures figures = good();
  figures.goodput = {1.0, 0.89, 0.5};
  EXPECT_THAT(failures_in(figures), ElementsAre(HasSubstr("goodput under overload is 89 %")));
}

TEST(OverloadVerdict, NamesALatencyThatDoesNotComeBack) {
  for (const std::vector<double>& after : {std::vector<double>{40, 11}, {0, 0}, {}}) {
    OverloadFigures figures = good();
    figures.recoveries = {{5, after}};
    EXPECT_EQ(second_of_return(figures.recoveries.front()), 0);
    EXPECT_THAT(failures_in(figures), ElementsAre(HasSubstr("after overload is inf times")));
  }
}

TEST(OverloadVerdict, NamesALatencyThatDoesNotStayBack) {
  OverloadFigures figures = good();
  figures.recoveries = {{5, {8.4, 6.5, 45, 45, 45}}};
  EXPECT_THAT(failures_in(figures), ElementsAre(HasSubstr("after overload is 9.00 times")));
  figures.recoveries = {{5, {8.4, 6.5, 5.8, 8.3, 45}}};
  EXPECT_THAT(failures_in(figures), IsEmpty()) << "a single slow second";
  figures.recoveries = {{5, {45, 8.4, 0, 0, 6.5}}};
  EXPECT_EQ(failures_in(figures).size(), 1u) << "nothing was answered";
  figures.recoveries = {{0, {0, 5}}};
  EXPECT_EQ(failures_in(figures).size(), 1u) << "nothing was answered before";
}

TEST(OverloadVerdict, NamesTheHotIdThatSlowsOthersDown) {
  OverloadFigures figures = good();
  figures.beside_hot.back().p99 = 1.51;
  EXPECT_THAT(failures_in(figures),
              ElementsAre(HasSubstr("beside a hot id, terminate_existing, is 1.51 times")));
}

TEST(OverloadVerdict, DoesNotTakeRefusalsForFastAnswers) {
  for (const double goodput : {0.0, 0.89, std::nan("")}) {
    OverloadFigures figures = good();
    figures.beside_hot.front().goodput = goodput;
    figures.beside_hot.front().p99 = 0.01;
    EXPECT_THAT(failures_in(figures), ElementsAre(HasSubstr("beside a hot id, use_existing")));
  }
}

TEST(OverloadVerdict, NamesAllThatDoesNotHold) {
  OverloadFigures figures = good();
  figures.goodput = {0};
  figures.recoveries = {{5, {}}};
  for (BesideHot& beside : figures.beside_hot) beside.p99 = 2;
  EXPECT_EQ(failures_in(figures).size(), 4u);
}

}  // namespace
}  // namespace onerun::load
