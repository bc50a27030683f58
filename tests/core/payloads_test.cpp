// Payloads and search attributes: how they are made, written, read and sized.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "core/payload_json.hpp"
#include "core/record_payloads.hpp"
#include "core/search_attributes.hpp"
#include "onerun/json.hpp"
#include "onerun/payload.hpp"
#include "onerun/search_attributes.hpp"

namespace onerun::core {
namespace {

TEST(Payload, SaysHowItIsEncoded) {
  EXPECT_EQ(Payload::json("{}").encoding(), "json/plain");
  EXPECT_EQ(Payload::json("{}").data, "{}");
  EXPECT_EQ(Payload::bytes(std::string("\0\xFF", 2)).encoding(), "binary/plain");
  EXPECT_EQ(Payload::null().encoding(), "binary/null");
  EXPECT_EQ(Payload::null().data, "");
  EXPECT_EQ(Payload().encoding(), "");
}

template <class Value, class Write, class Read>
void expect_round_trip(const Value& value, const Write& write, const Read& read) {
  std::string bytes;
  wire::Writer out(bytes);
  write(out, 7, value);
  Value back;
  wire::Reader in(bytes);
  for (wire::Field field; in.next(field);) {
    EXPECT_EQ(field.id, 7u);
    ASSERT_TRUE(read(field, back));
  }
  EXPECT_FALSE(in.malformed());
  EXPECT_EQ(back, value);
}

TEST(Payloads, AreReadAsTheyWereWritten) {
  Payloads payloads = {Payload::json("1"), Payload::null(), Payload(), Payload::bytes("x")};
  payloads.push_back(
      {.metadata = {{"encoding", "binary/encrypted"}, {"key", "k-1"}, {"", ""}}, .data = "secret"});
  payloads.push_back({.metadata = {{"encoding", "json/protobuf"}, {"messageType", "shop.Order"}}});
  expect_round_trip(payloads, write_payloads, read_payload);
  expect_round_trip(Payloads(), write_payloads, read_payload);
}

TEST(Payloads, CostFewBytesInTheUsualCase) {
  std::string bytes;
  wire::Writer out(bytes);
  write_payloads(out, 6, {Payload::json("{}")});
  EXPECT_EQ(bytes.size(), 2u + 2 + 2 + 2) << "field, data, and one number for the encoding";
}

TEST(Payloads, AreRefusedWithTwoEncodings) {
  std::string payload;
  wire::Writer part(payload);
  part.number(2, 1);
  part.number(2, 2);
  std::string bytes;
  wire::Writer(bytes).bytes(7, payload);
  wire::Reader in(bytes);
  wire::Field field;
  ASSERT_TRUE(in.next(field));
  Payloads read;
  EXPECT_FALSE(read_payload(field, read));
}

TEST(PayloadMap, IsReadAsItWasWritten) {
  expect_round_trip(PayloadMap{{"a", Payload::json("1")}, {"b", Payload()}}, write_payload_map,
                    read_payload_map_entry);
}

TEST(SearchAttributes, AreReadAsTheyWereWritten) {
  const SearchAttributes attributes = {
      {"keyword", "acme"},
      {"empty", ""},
      {"list", KeywordList{{"eu", "", "us"}}},
      {"no list", KeywordList()},
      {"text", Text{"some words"}},
      {"least", std::numeric_limits<std::int64_t>::min()},
      {"most", std::numeric_limits<std::int64_t>::max()},
      {"zero", 0},
      {"double", -0.125},
      {"yes", true},
      {"no", false},
      {"time", Timestamp(Duration(-1))},
  };
  expect_round_trip(attributes, write_search_attributes, read_search_attribute);
}

TEST(SearchAttributes, AreRefusedWithTwoValues) {
  const auto reads = [](const std::string& entry) {
    std::string bytes;
    wire::Writer(bytes).bytes(7, entry);
    wire::Reader in(bytes);
    wire::Field field;
    SearchAttributes read;
    return in.next(field) && read_search_attribute(field, read);
  };
  std::string one = "\x0a\x01k";
  EXPECT_TRUE(reads(one)) << "an empty list";
  wire::Writer(one).signed_number(4, 1);
  EXPECT_TRUE(reads(one));
  std::string two = one;
  wire::Writer(two).number(6, 1);
  EXPECT_FALSE(reads(two)) << "a number and a bool";
  std::string and_list = one;
  wire::Writer(and_list).bytes(8, "x");
  EXPECT_FALSE(reads(and_list)) << "a number and a list";
}

TEST(SearchAttributes, HaveTypesByTheirValues) {
  EXPECT_EQ(type_of("acme"), SearchAttributeType::kKeyword) << "a text in quotes is a keyword";
  EXPECT_EQ(type_of(3), SearchAttributeType::kInt);
  EXPECT_EQ(type_of(0.5), SearchAttributeType::kDouble);
  EXPECT_EQ(type_of(true), SearchAttributeType::kBool);
  EXPECT_EQ(type_of(Text{"a"}), SearchAttributeType::kText);
  EXPECT_EQ(type_of(KeywordList{{"a"}}), SearchAttributeType::kKeywordList);
  EXPECT_EQ(type_of(Timestamp()), SearchAttributeType::kDatetime);
  EXPECT_EQ(to_string(SearchAttributeType::kKeywordList), "KeywordList");
  EXPECT_EQ(to_string(static_cast<SearchAttributeType>(0)), "unknown");
}

TEST(PayloadJson, ShowsWhatCanBeRead) {
  EXPECT_EQ(readable_json(Payload::json("[1]")), nlohmann::ordered_json::array({1}));
  EXPECT_EQ(readable_json(Payload::json("no json")).at("data"), "bm8ganNvbg==");
  EXPECT_EQ(readable_json(Payload::bytes("x")).at("data"), "eA==");
}

}  // namespace
}  // namespace onerun::core
