// Reads what the load program noted (examples/load/journal.hpp), and has it checked against the
// simulator's model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "onerun/status.hpp"
#include "tests/sim/checker.hpp"

namespace onerun::test {

class JournalReader {
 public:
  explicit JournalReader(sim::Checker& checker) : checker_(checker) {}

  /// Reads the journal of one process, from its first line to its last whole one.
  /// Errors: data_loss, with the line, if one can't be read.
  Status read(const std::filesystem::path& journal);

  /// Answers in all journals.
  std::uint64_t answers() const { return answers_; }

  /// The time of the last line.
  Timestamp last() const { return last_; }

 private:
  struct Asked {
    sim::Checker::Ticket ticket;
    bool is_start;
  };

  void read_line(const std::string& text);

  sim::Checker& checker_;
  std::map<std::uint64_t, Asked> under_way_;  ///< of the journal that is being read
  std::uint64_t answers_ = 0;
  Timestamp last_{};
};

}  // namespace onerun::test
