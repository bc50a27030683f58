// A host of onerun that does one thing to it, and ends: embedding_test runs it as a process.
//   embedding-host DIR SCENARIO DURABILITY
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "onerun/onerun.hpp"

namespace {

using namespace onerun;

constexpr int kStarts = 200;

struct Host {
  Options options;
  std::optional<Runtime> runtime;
};

/// A global that is there before RocksDB's own, and is destroyed after them.
Host global;

/// An object of the application that is made when it is first used.
Host& local_static() {
  static Host host;
  return host;
}

Namespace open(Host& host) {
  host.options.shutdown_deadline = std::chrono::seconds(20);
  auto opened = Runtime::open(host.options);
  if (!opened.ok()) {
    std::cerr << opened.status() << '\n';
    std::_Exit(3);
  }
  host.runtime.emplace(std::move(*opened));
  return *host.runtime->ensure_namespace(NamespaceName("orders"));
}

WorkflowId id_of(int number) { return WorkflowId("order-" + std::to_string(number)); }

/// Starts runs, and waits for the answers.
void start_all(const Namespace& orders) {
  for (int i = 0; i < kStarts; ++i) {
    if (!orders.start({.workflow_id = id_of(i)}).get().ok()) std::_Exit(4);
  }
}

[[noreturn]] void wait_for_ever() {
  std::promise<void>().get_future().wait();
  std::abort();
}

void stays_in(Host& host) { start_all(open(host)); }

/// One thread of the host's calls `exit`, the others are at work.
void exits_on_another_thread(Host& host) {
  const Namespace orders = open(host);
  start_all(orders);
  std::thread([orders] {
    for (int i = 0;; ++i) static_cast<void>(orders.describe({id_of(i % kStarts)}).get());
  }).detach();
  std::thread([] { std::exit(0); }).detach();
  wait_for_ever();
}

void exits_in_callback(Host& host) {
  const Namespace orders = open(host);
  start_all(orders);
  orders.start({.workflow_id = id_of(kStarts)}).then([](const Result<StartResult>&) {
    std::exit(0);
  });
  wait_for_ever();
}

void exits_in_callback_that_drops(Host& host) {
  const Namespace orders = open(host);
  start_all(orders);
  orders.start({.workflow_id = id_of(kStarts)}).then([&host](const Result<StartResult>&) {
    host.runtime.reset();
    std::exit(0);
  });
  wait_for_ever();
}

void exits_in_handler(Host& host) {
  const Namespace orders = open(host);
  start_all(orders);
  const auto subscription =
      orders.subscribe({id_of(0)}, [](const Result<HistoryPage>&) { std::exit(0); });
  wait_for_ever();
}

class ExitingSink final : public LogSink {
 public:
  bool enabled(LogLevel) const override { return true; }
  void write(const LogRecord&) override { std::exit(0); }
};

/// As a host's log does that ends the process at an error.
void exits_in_sink(Host& host) {
  host.options.log = std::make_shared<ExitingSink>();
  const Namespace orders = open(host);
  start_all(orders);
  orders.start({.workflow_id = id_of(kStarts)}).then([](const Result<StartResult>&) {
    throw std::runtime_error("a line for the log");
  });
  wait_for_ever();
}

/// A sink that asks for something when it gets its first line, and waits for the answer.
class AskingSink final : public LogSink {
 public:
  bool enabled(LogLevel) const override { return true; }
  void write(const LogRecord&) override {
    if (std::exchange(has_asked_, true)) return;
    auto answer = orders->start({.workflow_id = id_of(kStarts)});
    asked.set_value();
    static_cast<void>(answer.get());
  }

  std::optional<Namespace> orders;
  std::promise<void> asked;

 private:
  bool has_asked_ = false;
};

/// The answer that the sink waits for would come on the thread that exits.
void exits_in_callback_that_the_sink_waits_for(Host& host) {
  const auto sink = std::make_shared<AskingSink>();
  host.options.log = sink;
  const Namespace orders = open(host);
  sink->orders.emplace(orders);
  start_all(orders);
  const auto at_close = [&](auto callback) { orders.wait_closed({id_of(0)}).then(callback); };
  at_close([](const Result<RunDescription>&) { throw std::runtime_error("a line for the log"); });
  at_close([&](const Result<RunDescription>&) {
    sink->asked.get_future().wait();
    std::exit(0);
  });
  const auto completed = orders.complete({id_of(0)});  // is answered behind the callback
  wait_for_ever();
}

void drops_in_callback(Host& host) {
  const Namespace orders = open(host);
  start_all(orders);
  std::promise<void> dropped;
  orders.start({.workflow_id = id_of(kStarts)}).then([&](const Result<StartResult>&) {
    host.runtime.reset();
    dropped.set_value();
  });
  dropped.get_future().wait();
}

/// A child that destroys its copy of the runtime, whose threads it does not have.
void forks(Host& host) {
  const Namespace orders = open(host);
  start_all(orders);
  if (::fork() == 0) {
    host.runtime.reset();
    ::_exit(0);
  }
  int status = 0;
  if (::wait(&status) < 0 || status != 0) std::_Exit(5);
  if (!orders.start({.workflow_id = id_of(kStarts)}).get().ok()) std::_Exit(6);
}

/// In a child, a runtime that its parent has closed in the background, or closes, is no matter.
void forks_after_a_drop(Host& host) {
  host.options.store = StoreKind::kMemory;
  drops_in_callback(host);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(30);  // rather than to hang
    return start_all(open(host));
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) std::_Exit(7);
}

/// Holds an opening up until the process exits.
class HoldingClock final : public Clock {
 public:
  Timestamp now() const override {
    if (is_first_.exchange(false)) {
      is_opening.set_value();
      // Once the process exits, this is refused before the options are looked at.
      while (Runtime::open({}).code() != StatusCode::kFailedPrecondition) {
        std::this_thread::yield();
      }
    }
    return SystemClock().now();
  }

  mutable std::promise<void> is_opening;

 private:
  mutable std::atomic<bool> is_first_{true};
};

void open_and_say(const Options& options) {
  const auto opened = Runtime::open(options);
  std::cout << "open: " << opened.status() << std::endl;
}

/// A thread that ends behind all that was made after it, as everything of onerun's is.
struct OpeningThread {
  std::thread thread;
  ~OpeningThread() {
    if (thread.joinable()) thread.join();
  }
} opening_thread;

void exits_while_another_thread_opens(Host& host) {
  const auto clock = std::make_shared<HoldingClock>();
  host.options.clock = clock;
  opening_thread.thread = std::thread(open_and_say, host.options);
  clock->is_opening.get_future().wait();
}

void exits_while_a_callback_opens(Host& host) {
  const Namespace orders = open(host);
  start_all(orders);
  const auto clock = std::make_shared<HoldingClock>();
  Options other = host.options;
  other.data_dir /= "other";
  other.clock = clock;
  orders.wait_closed({id_of(0)}).then([other](const Result<RunDescription>&) {
    open_and_say(other);
  });
  const auto completed = orders.complete({id_of(0)});  // is answered behind the callback
  clock->is_opening.get_future().wait();
}

/// Opens when everything else has ended already.
struct LateOpener {
  std::filesystem::path directory;
  ~LateOpener() {
    if (directory.empty()) return;
    const auto opened = Runtime::open({.data_dir = directory});
    std::cout << "late: " << opened.status() << std::endl;
  }
} late;

void opens_late(Host& host) {
  stays_in(host);
  late.directory = host.options.data_dir;
}

int count(Host& host) {
  const auto runs = open(host).count().get();
  if (!runs.ok()) return std::cerr << runs.status() << '\n', 1;
  std::cout << *runs << std::endl;
  host.runtime.reset();
  return 0;
}

}  // namespace

int main(int, char** arguments) {
  const std::string scenario = arguments[2];
  Host& host = scenario == "local_static" ? local_static() : global;
  host.options.data_dir = arguments[1];
  host.options.durability = *durability_from(arguments[3]);
  if (scenario == "count") return count(host);
  if (scenario == "global" || scenario == "local_static") stays_in(host);
  if (scenario == "exit_on_another_thread") exits_on_another_thread(host);
  if (scenario == "exit_in_callback") exits_in_callback(host);
  if (scenario == "exit_in_callback_that_drops") exits_in_callback_that_drops(host);
  if (scenario == "exit_in_handler") exits_in_handler(host);
  if (scenario == "exit_in_sink") exits_in_sink(host);
  if (scenario == "exit_in_callback_that_the_sink_waits_for") {
    exits_in_callback_that_the_sink_waits_for(host);
  }
  if (scenario == "drop_in_callback") drops_in_callback(host);
  if (scenario == "fork") forks(host);
  if (scenario == "fork_after_drop") forks_after_a_drop(host);
  if (scenario == "open_first") exits_while_another_thread_opens(host);
  if (scenario == "open_second") {
    host.options.data_dir /= "first";
    stays_in(host);
    host.options.data_dir = arguments[1];
    exits_while_another_thread_opens(host);
  }
  if (scenario == "open_in_callback") exits_while_a_callback_opens(host);
  if (scenario == "open_late") opens_late(host);
  return 0;
}
