// A disk under a store that can fail calls, and lose power. It writes to a real directory,
// remembers what was not synced (unsynced.hpp), and takes that back when the power is cut.
// RocksDB's files come to it by RocksDB's interface for that, the small files beside them by the
// calls of the C library, which side_files.cpp takes the place of.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/faults/unsynced.hpp"

namespace onerun::test {

/// Calls that can fail.
enum class DiskCall {
  kCreate,
  kOpen,  ///< a file that is there, or a directory
  kRead,
  kAppend,
  kSync,
  kTruncate,
  kClose,  ///< of what was written to
  kSyncDirectory,
  kRename,
  kDelete,
  kMakeDirectory,
  kList,
  kSize,
};

/// How they fail.
enum class DiskError {
  kIo,
  kNoSpace,
  kShortWrite,
  kPowerCut,  ///< in the middle of it
};

/// A fault: the n-th call of a kind fails; `sticky`: and every one after it.
struct DiskFault {
  DiskCall call;
  DiskError error;
  std::uint64_t at;  ///< the first is 1
  bool sticky;
};

/// The power goes in the middle of the n-th call of any kind from now on. It changes nothing,
/// unless it appends: then that share of it is written.
struct PowerCut {
  std::uint64_t at;  ///< the first is 1
  std::uint64_t written_percent;
};

class FailingDisk final : public rocksdb::FileSystemWrapper {
 public:
  FailingDisk();

  const char* Name() const override { return "onerun.FailingDisk"; }

  /// From now on this goes wrong.
  void set_fault(const DiskFault& fault);

  /// That will happen.
  void set_power_cut(const PowerCut& cut);

  /// The power is cut: from now on every call fails and changes nothing.
  void cut_power();
  bool has_power() const;

  /// The process that uses it is dead, or another one begins: so with the calls between, but what
  /// was written is there.
  void freeze();
  void thaw();

  /// How many calls of that kind there have been.
  std::uint64_t calls(DiskCall call) const;

  /// How many of all have failed.
  std::uint64_t failed() const;

  /// How many tables were deleted, after they were merged with others.
  std::uint64_t deleted_tables() const;

  Unsynced& unsynced() { return unsynced_; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                                      const rocksdb::FileOptions& options,
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
  rocksdb::IOStatus GetChildren(const std::string& name, const rocksdb::IOOptions& options,
                                std::vector<std::string>* children,
                                rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetChildrenFileAttributes(const std::string& name,
                                              const rocksdb::IOOptions& options,
                                              std::vector<rocksdb::FileAttributes>* children,
                                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileSize(const std::string& name, const rocksdb::IOOptions& options,
                                std::uint64_t* size, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Truncate(const std::string& name, std::size_t size,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDir(const std::string& name, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string& name, const rocksdb::IOOptions& options,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteDir(const std::string& name, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

  // For its files, and for side_files.cpp.

  /// Counts a call. Returns the error that it fails with, if it does.
  std::optional<DiskError> fails(DiskCall call);
  rocksdb::IOStatus check(DiskCall call);

  /// How much is written of an append that ends with that error, or with none.
  std::size_t written_of(std::size_t size, const std::optional<DiskError>& error) const;

 private:
  mutable std::mutex mutex_;
  bool has_power_ = true;
  bool is_frozen_ = false;
  std::optional<DiskFault> fault_;
  std::optional<PowerCut> cut_;
  std::uint64_t calls_to_cut_ = 0;  ///< with it
  std::map<DiskCall, std::uint64_t> calls_;
  std::uint64_t failed_ = 0;
  std::uint64_t deleted_tables_ = 0;
  Unsynced unsynced_;
};

/// RocksDB's name for the error.
rocksdb::IOStatus to_status(DiskError error);

/// The calls of the C library for the small files of a store go to that disk from now on; nullptr:
/// to the machine's.
void use_for_side_files(FailingDisk* disk);

}  // namespace onerun::test
