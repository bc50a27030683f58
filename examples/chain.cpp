// A job that goes through its pages one run at a time, and is tried again when it fails: a chain of
// runs, of which one is open at any instant.
#include <onerun/onerun.hpp>

#include <iostream>
#include <string>

namespace {

using onerun::RunInfo;
using onerun::WorkflowId;

int fail(const onerun::Status& status) {
  std::cerr << status << '\n';
  return 1;
}

void show(const onerun::Result<std::vector<RunInfo>>& chain) {
  if (!chain.ok()) return;
  for (const RunInfo& run : *chain) {
    std::cout << "  " << run.status << ", began by " << run.initiator << ", attempt " << run.attempt
              << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  auto runtime = onerun::Runtime::open({.data_dir = argc > 1 ? argv[1] : "onerun-chain"});
  if (!runtime.ok()) return fail(runtime.status());
  auto jobs = runtime->ensure_namespace(onerun::NamespaceName("jobs"));
  if (!jobs.ok()) return fail(jobs.status());

  const WorkflowId job("reindex");
  const auto started =
      jobs->start({.workflow_id = job, .input = {onerun::Payload::bytes("page 1")}}).get();
  if (!started.ok()) return fail(started.status());

  // A page is done: the next run begins with the commit that closes this one.
  const auto second =
      jobs->continue_as_new({job}, {.input = {onerun::Payload::bytes("page 2")},
                                    .retry_policy = onerun::RetryPolicy{.maximum_attempts = 3}})
          .get();
  if (!second.ok()) return fail(second.status());

  // This page fails: its retry policy begins the next attempt, with the same input.
  const auto failed = jobs->fail({job}, {.message = "timeout", .type = "Network"}).get();
  if (!failed.ok()) return fail(failed.status());
  const auto retry = jobs->describe({job}).get();
  if (!retry.ok()) return fail(retry.status());
  std::cout << "trying again: " << retry->input.front().data << ", after \""
            << retry->continued_failure->message << "\"\n";

  const auto done = jobs->complete({job}).get();
  if (!done.ok()) return fail(done.status());
  std::cout << "the chain:\n";
  show(jobs->chain({job}).get());
}
