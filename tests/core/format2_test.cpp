// What format 2 wrote otherwise is read, and written as today.
#include "core/format2.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/history/codec.hpp"
#include "core/history/run_record.hpp"
#include "core/wire.hpp"
#include "tests/support/core.hpp"

namespace onerun::core {
namespace {

using test::at;
using test::run_id;

std::string nested(const std::string& first, const std::string& second) {
  std::string bytes;
  wire::Writer out(bytes);
  out.bytes_if_any(1, first);
  out.bytes_if_any(2, second);
  return bytes;
}

/// A start with that input and content type.
std::string started(const std::string& data, const std::string& content_type) {
  std::string fields;
  wire::Writer out(fields);
  out.bytes(3, "order-17");
  out.bytes(6, nested(data, content_type));
  out.bytes(7, nested("note", "it's \"so\""));
  out.bytes(8, nested("customer", "acme"));
  out.bytes(8, nested("region", ""));
  return encode_record(EventType::kRunStarted, at(1), fields);
}

event::RunStarted upgraded(const std::string& data, const std::string& content_type) {
  const auto history = format2::upgrade_history(started(data, content_type));
  EXPECT_TRUE(history.ok()) << history.status();
  const auto run = decode_run(run_id(1), *history);
  EXPECT_TRUE(run.ok()) << run.status();
  return run->started;
}

TEST(Format2, HasContentTypesInPlaceOfEncodings) {
  EXPECT_EQ(upgraded("{}", "application/json").input, Payloads{Payload::json("{}")});
  EXPECT_EQ(upgraded("x", "").input, Payloads{Payload::bytes("x")});
  const Payload text = upgraded("x", "text/plain").input.at(0);
  EXPECT_EQ(text.encoding(), "binary/plain");
  EXPECT_EQ(text.metadata.at("content-type"), "text/plain");
  EXPECT_EQ(text.data, "x");
}

TEST(Format2, HasTextsAsMemoAndTags) {
  const event::RunStarted run = upgraded("x", "");
  EXPECT_EQ(run.workflow_id, WorkflowId("order-17"));
  EXPECT_EQ(run.memo, (PayloadMap{{"note", Payload::json(R"("it's \"so\"")")}}));
  EXPECT_EQ(run.search_attributes, (SearchAttributes{{"customer", "acme"}, {"region", ""}}));
}

TEST(Format2, HasPayloadsInFailures) {
  std::string failure;
  wire::Writer parts(failure);
  parts.bytes(1, "broke");
  parts.bytes(3, nested("{}", "application/json"));
  parts.number(4, 1);
  std::string fields;
  wire::Writer(fields).bytes(4, failure);
  const auto history =
      format2::upgrade_history(encode_record(EventType::kRunFailed, at(1), fields));
  ASSERT_TRUE(history.ok()) << history.status();
  const auto event = decode_event(*history);
  ASSERT_TRUE(event.ok()) << event.status();
  const auto& failed = std::get<event::RunFailed>(event->attributes);
  EXPECT_EQ(*failed.failure,
            (Failure{.message = "broke", .details = {Payload::json("{}")}, .non_retryable = true}));
}

TEST(Format2, KeepsEventsWithoutPayloadsByteByByte) {
  const std::string history = encode({at(1), event::RunPaused{.reason = "lunch"}}) +
                              encode({at(2), event::RunCancelRequested{.reason = "why"}});
  EXPECT_EQ(*format2::upgrade_history(history), history);
}

TEST(Format2, RefusesWhatItNeverWrote) {
  std::string fields;
  wire::Writer(fields).number(6, 1);
  const std::string number = encode_record(EventType::kRunStarted, at(1), fields);
  EXPECT_EQ(format2::upgrade_history(number).code(), StatusCode::kDataLoss);
  EXPECT_EQ(format2::upgrade_history("?").code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace onerun::core
