#include "tests/crash/victim.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

extern char** environ;

namespace onerun::test {

using namespace std::chrono_literals;

Victim::Victim(std::vector<std::string> arguments, const std::string& kill_at)
    : program_(arguments.front()) {
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

bool Victim::wait(int options) {
  int status = 0;
  if (pid_ > 0 && ::waitpid(pid_, &status, options) == pid_) {
    pid_ = -1;
    status_ = status;
  }
  return status_.has_value();
}

bool Victim::is_killed() const { return WIFSIGNALED(*status_) && WTERMSIG(*status_) == SIGKILL; }

bool Victim::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  return wait(0) && is_killed();
}

bool Victim::dies_within(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    if (has_ended()) return is_killed();
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

bool Victim::has_ended() { return wait(WNOHANG); }

std::string Victim::end() const {
  return program_ + (WIFEXITED(*status_)
                         ? " ended with exit status " + std::to_string(WEXITSTATUS(*status_))
                         : " died of signal " + std::to_string(WTERMSIG(*status_)));
}

}  // namespace onerun::test
