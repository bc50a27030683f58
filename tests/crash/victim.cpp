#include "tests/crash/victim.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

extern char** environ;

namespace onerun::test {
namespace {

using namespace std::chrono_literals;

bool is_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

}  // namespace

Victim::Victim(std::vector<std::string> arguments, const std::string& kill_at) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::string order = "ONERUN_KILL_AT=" + kill_at;
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.push_back(*variable);
  if (!kill_at.empty()) environment.push_back(order.data());
  environment.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environment.data()) != 0) {
    pid_ = -1;
  }
  ::posix_spawn_file_actions_destroy(&actions);
}

Victim::~Victim() {
  if (spawned()) kill();
}

std::optional<int> Victim::wait(int options) {
  int status = 0;
  if (pid_ <= 0 || ::waitpid(pid_, &status, options) != pid_) return std::nullopt;
  pid_ = -1;
  return status;
}

bool Victim::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  const auto status = wait(0);
  return status && is_killed(*status);
}

bool Victim::dies_within(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    if (const auto status = wait(WNOHANG)) return is_killed(*status);
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

}  // namespace onerun::test
