// A disk under a store that can lose power and fail calls. It writes to a real directory, remembers
// what was not synced, and takes that back when the power is cut. RocksDB's files come to it by
// RocksDB's interface for that, the small files beside them by the calls of the C library, which
// side_files.cpp takes the place of.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace onerun::test {

/// Calls that can fail.
enum class DiskCall { kCreate, kAppend, kSync, kSyncDirectory, kRename, kRead, kDelete };

/// How they fail.
enum class DiskError { kIo, kNoSpace, kShortWrite };

/// A fault: the n-th call of a kind fails; `sticky`: and every one after it.
struct DiskFault {
  DiskCall call;
  DiskError error;
  std::uint64_t at;  ///< the first is 1
  bool sticky;
};

class FailingDisk final : public rocksdb::FileSystemWrapper {
 public:
  FailingDisk();

  const char* Name() const override { return "onerun.FailingDisk"; }

  /// From now on this goes wrong.
  void set_fault(const DiskFault& fault);

  /// How many calls of that kind there have been.
  std::uint64_t calls(DiskCall call) const;

  /// How many have failed by the fault.
  std::uint64_t failed() const;

  /// The power is cut: from now on every call fails and changes nothing.
  void cut_power();

  /// What a power cut leaves: of each file what was synced and a random part of the rest, perhaps
  /// torn; of new names and renames that were not synced perhaps nothing. Once nobody uses the
  /// disk.
  void lose_what_was_not_synced(const std::function<std::uint64_t(std::uint64_t bound)>& draw);

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDir(const std::string& name, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string& name, const rocksdb::IOOptions& options,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Truncate(const std::string& name, std::size_t size,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteDir(const std::string& name, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

  // For the files that it hands out.

  /// Counts a call. Returns the error that it fails with, if it does.
  std::optional<DiskError> fails(DiskCall call);
  rocksdb::IOStatus check(DiskCall call);
  /// OK while there is power.
  rocksdb::IOStatus check_power() const;
  void appended(const std::string& name, std::uint64_t bytes);
  void truncated(const std::string& name, std::uint64_t size);
  void synced(const std::string& name);
  void synced_directory(const std::string& directory);

  // For side_files.cpp.

  void created(const std::string& name);
  /// A file that is written over from its start, not appended to. Called before it is.
  void overwriting(const std::string& name);
  void overwritten_is_synced(const std::string& name);
  void renamed(const std::string& from, const std::string& to, std::optional<std::string> before);

 private:
  struct File {
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
  };
  struct Rename {
    std::string from;
    std::string to;
    std::optional<std::string> before;  ///< what was there under the new name
  };

  /// `open`: opens the real file.
  rocksdb::IOStatus open_to_write(
      const std::string& name, std::unique_ptr<rocksdb::FSWritableFile>* file,
      const std::function<rocksdb::IOStatus(std::unique_ptr<rocksdb::FSWritableFile>*)>& open);
  void forget_file(const std::string& name);

  mutable std::mutex mutex_;
  bool has_power_ = true;
  std::optional<DiskFault> fault_;
  std::map<DiskCall, std::uint64_t> calls_;
  std::uint64_t failed_ = 0;
  std::map<std::string, File> files_;
  std::map<std::string, std::string> overwritten_;  ///< what was there, of what is not synced
  std::set<std::string> new_names_;                 ///< not synced
  std::vector<Rename> renames_;                     ///< not synced
};

/// The calls of the C library for the small files of a store go to that disk from now on; nullptr:
/// to the machine's.
void use_for_side_files(FailingDisk* disk);

}  // namespace onerun::test
