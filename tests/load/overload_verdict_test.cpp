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
          .p99_before = 5,
          .p99_after = {40, 11, 10, 40, 10},
          .beside_hot = {{"use_existing", 0.9, 1.5}, {"terminate_existing", 1, 1}}};
}

TEST(OverloadVerdict, TakesWhatIsJustWithinItsBounds) {
  EXPECT_THAT(failures_in(good()), IsEmpty());
  EXPECT_EQ(second_of_return(good()), 3);
  EXPECT_EQ(p99_from_return_on(good()), 10);
}

TEST(OverloadVerdict, NamesAGoodputThatFalls) {
  OverloadFigures figures = good();
  figures.goodput = {1.0, 0.89, 0.5};
  EXPECT_THAT(failures_in(figures), ElementsAre(HasSubstr("goodput under overload is 89 %")));
}

TEST(OverloadVerdict, NamesALatencyThatDoesNotComeBack) {
  OverloadFigures figures = good();
  figures.p99_after = {40, 11};
  EXPECT_EQ(second_of_return(figures), 0);
  EXPECT_THAT(failures_in(figures), ElementsAre(HasSubstr("p99 is not back below 2.0 times")));
  figures.p99_after = {0, 0};
  EXPECT_EQ(second_of_return(figures), 0) << "nothing was answered";
}

TEST(OverloadVerdict, NamesALatencyThatDoesNotStayBack) {
  OverloadFigures figures = good();
  figures.p99_after = {8.4, 6.5, 45, 45, 45};
  EXPECT_THAT(failures_in(figures),
              ElementsAre(HasSubstr("p99 does not stay below 2.0 times the 5.00 ms that it was: "
                                    "45.00 ms from second 1 on")));
  figures.p99_after = {8.4, 6.5, 5.8, 8.3, 45};
  EXPECT_THAT(failures_in(figures), IsEmpty()) << "a single slow second";
  figures.p99_after = {45, 8.4, 0, 0, 6.5};
  EXPECT_EQ(failures_in(figures).size(), 1u) << "nothing was answered";
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
  figures.p99_after = {};
  for (BesideHot& beside : figures.beside_hot) beside.p99 = 2;
  EXPECT_EQ(failures_in(figures).size(), 4u);
}

}  // namespace
}  // namespace onerun::load
