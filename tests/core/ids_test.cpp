// Ids: what their bytes and texts are, and that kinds can't be mixed up.
#include "onerun/ids.hpp"

#include <gtest/gtest.h>

#include <set>
#include <type_traits>
#include <unordered_set>

#include "core/uuid.hpp"

namespace onerun {
namespace {

static_assert(!std::is_convertible_v<RunId, WorkflowId> &&
              !std::is_convertible_v<WorkflowId, RunId>);
static_assert(!std::is_convertible_v<RequestId, WorkflowId> &&
              !std::is_convertible_v<std::string, WorkflowId>);
static_assert(sizeof(RunId) == 16);

constexpr std::string_view kUuidText = "0190163d-8694-739b-aea5-966c26f8ad91";

TEST(RunId, KeepsTheCanonicalTextOfAUuidAsItsBytes) {
  const RunId id(kUuidText);
  EXPECT_TRUE(id.is_uuid());
  EXPECT_EQ(id.text(), kUuidText);
  EXPECT_EQ(id.uuid()[0], 0x01);
  EXPECT_EQ(id.uuid()[15], 0x91);
  EXPECT_EQ(id, RunId(id.uuid()));
}

TEST(RunId, KeepsAnyOtherTextAsItIs) {
  for (const std::string_view text :
       {"my run", "0190163D-8694-739B-AEA5-966C26F8AD91", "00000000-0000-0000-0000-000000000000",
        "0190163d-8694-739b-aea5-966c26f8ad9", "sixteen bytes id", "\xF0\x9F\x98\x80"}) {
    const RunId id(text);
    EXPECT_FALSE(id.is_uuid()) << text;
    EXPECT_FALSE(id.empty());
    EXPECT_EQ(id.text(), text);
    EXPECT_EQ(id, RunId(text));
  }
}

TEST(RunId, KeepsAUuidOfAnotherVariantAsItsText) {
  const Uuid nil{};
  const RunId id(nil);
  EXPECT_FALSE(id.is_uuid());
  EXPECT_EQ(id.text(), "00000000-0000-0000-0000-000000000000");
  EXPECT_NE(id, RunId());
}

TEST(RunId, IsEmptyByDefaultAndFromAnEmptyText) {
  EXPECT_TRUE(RunId().empty());
  EXPECT_TRUE(RunId(std::string_view()).empty());
  EXPECT_EQ(RunId(), RunId(std::string_view()));
  EXPECT_EQ(RunId().text(), "");
}

TEST(RunId, CopiesAndMovesWithItsText) {
  RunId text(std::string_view("a text that is far too long for the small string optimisation"));
  const RunId copy = text;
  EXPECT_EQ(copy, text);
  const RunId moved = std::move(text);
  EXPECT_EQ(moved, copy);
  RunId assigned{kUuidText};
  assigned = copy;
  EXPECT_EQ(assigned.text(), copy.text());
  assigned = RunId();
  EXPECT_TRUE(assigned.empty());
  EXPECT_EQ(copy, moved);
}

TEST(RunId, SortsTheEmptyOneFirstAndUuidsByTheirBytes) {
  const RunId first{kUuidText};
  const RunId second("0190163d-8694-739b-aea5-966c26f8ad92");
  EXPECT_LT(first, second);
  EXPECT_LT(RunId(), RunId(std::string_view("a")));
  EXPECT_LT(RunId(std::string_view("a")), RunId(std::string_view("b")));
  EXPECT_NE(RunId(std::string_view("a")), first);
  EXPECT_EQ(std::set<RunId>({first, second, RunId(), first}).size(), 3u);
}

TEST(RunId, HashesEqualIdsAlike) {
  std::unordered_set<RunId> ids{RunId(kUuidText), RunId(std::string_view("x"))};
  EXPECT_TRUE(ids.contains(RunId(kUuidText)));
  EXPECT_TRUE(ids.contains(RunId(std::string_view("x"))));
  EXPECT_FALSE(ids.contains(RunId()));
}

}  // namespace

namespace core {
namespace {

TEST(Uuid, ReadsOnlyTheCanonicalForm) {
  EXPECT_TRUE(uuid_from_text(kUuidText));
  EXPECT_EQ(to_text(*uuid_from_text(kUuidText)), kUuidText);
  for (const std::string_view bad :
       {"", "0190163d8694739baea5966c26f8ad91", "0190163d-8694-739b-aea5_966c26f8ad91",
        "0190163d-8694-739b-aea5-966c26f8ad9g", "{190163d-8694-739b-aea5-966c26f8ad91}",
        "0190163d-8694-739b-aea5-966c26f8ad910"}) {
    EXPECT_FALSE(uuid_from_text(bad)) << bad;
  }
}

TEST(Uuid, PutsAVersion7TogetherAsTheStandardSays) {
  // RFC 9562, appendix A.6: 2022-02-22 19:22:22.000 UTC, rand_a 0xCC3.
  const std::uint64_t order = UuidV7Order::first_of(Timestamp(Duration(0x017F22E279B0))) | 0xCC3;
  const Uuid uuid = make_uuid_v7(order, 0x18C4DC0C0C07398F);
  EXPECT_EQ(to_text(uuid), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(Uuid, MarksVersionAndVariantWhateverTheRandomBits) {
  for (const std::uint64_t random : {std::uint64_t{0}, ~std::uint64_t{0}}) {
    const Uuid v7 = make_uuid_v7(~std::uint64_t{0} >> 4, random);
    EXPECT_EQ(v7[6] >> 4, 7);
    EXPECT_TRUE(has_rfc_variant(v7));
    const Uuid v4 = make_uuid_v4(random, random);
    EXPECT_EQ(v4[6] >> 4, 4);
    EXPECT_TRUE(has_rfc_variant(v4));
  }
}

TEST(Uuid, CountsInstantsBefore1970As1970) {
  EXPECT_EQ(UuidV7Order::first_of(Timestamp(Duration(-5))), 0u);
}

}  // namespace
}  // namespace core
}  // namespace onerun
