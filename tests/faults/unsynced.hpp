// What was written to a disk and not synced, and what a power cut makes of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace onerun::test {

/// What a power cut has taken.
struct PowerLoss {
  std::uint64_t log_bytes = 0;  ///< of RocksDB's logs
  std::uint64_t torn_logs = 0;  ///< that end in bytes which nobody has written
  std::uint64_t names = 0;      ///< changes of names that never were
};

/// Of each file what was synced is safe. A sync that has failed makes nothing safe any more: the
/// kernel drops what it could not write, and says so once. Names change in a journal, as the file
/// systems do it that one would put a database on: what is lost is its end.
///
/// Threads: any.
class Unsynced {
 public:
  using Draw = std::function<std::uint64_t(std::uint64_t bound)>;

  // Files that are appended to.

  /// A new file, and a new name.
  void created(const std::string& name);
  /// One that is there: what it has is synced, if nothing else is known.
  void opened(const std::string& name);
  void appended(const std::string& name, std::uint64_t bytes);
  void truncated(const std::string& name, std::uint64_t size);
  void synced(const std::string& name);
  void sync_failed(const std::string& name);

  // A file that is written over from its start.

  /// Called before it is.
  void overwriting(const std::string& name);
  void overwritten_is_synced(const std::string& name);

  // Names. `before`: what was there under the new name, or under the deleted one.

  /// A new one.
  void named(const std::string& name);
  void renamed(const std::string& from, const std::string& to, std::optional<std::string> before);
  void deleted(const std::string& name, std::string before);
  void directory_synced(const std::string& directory);

  /// The power is cut. Requires that nobody uses the files.
  PowerLoss lose(const Draw& draw);

 private:
  struct File {
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
    bool is_lost = false;  ///< a sync has failed
  };

  /// Undone by giving the name `from` back, if there is one, and what was under `to` before.
  struct NameChange {
    std::string from;  ///< of a rename
    std::string to;
    std::optional<std::string> before;
  };

  static void undo(const NameChange& change);
  void lose_end_of(const std::string& name, const File& file, const Draw& draw, PowerLoss& loss);

  std::mutex mutex_;
  std::map<std::string, File> files_;
  std::map<std::string, std::string> overwritten_;  ///< what was there, of what is not synced
  std::vector<NameChange> names_;                   ///< the journal
};

/// All bytes of a file; none if it is not there.
std::string contents(const std::string& name);

}  // namespace onerun::test
