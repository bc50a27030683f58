// The directory of a store: where it is, and that nobody else has it.
#pragma once

#include <filesystem>

#include "onerun/status.hpp"
#include "store/files.hpp"
#include "store/process.hpp"

namespace onerun::store {

/// The name of a directory from the root on. RocksDB looks names up again while it has the store
/// open: a name that depends on the working directory would lead elsewhere once that changes.
///
/// Errors:
///  - invalid_argument, InvalidField: the name is empty, has a zero byte, or is too long for the
///    files in the directory
///  - failed_precondition: the name is relative, and the working directory is gone
///  - what the system says about the working directory
Result<std::filesystem::path> absolute_directory(const std::filesystem::path& directory);

/// The name without symbolic links, which may be changed while the store is open. A directory that
/// does not exist keeps its name.
Result<std::filesystem::path> resolve_links(const std::filesystem::path& directory);

/// Keeps others off a directory as long as it lives. The lock belongs to this process alone: a
/// child that is forked neither holds nor releases it.
class DirectoryLock {
 public:
  /// For an owner, who keeps all others off, of this process and of others.
  /// Returns failed_precondition, with the process that has it, if the directory is in use.
  static Result<DirectoryLock> own(const std::filesystem::path& directory);

  /// For a reader, who keeps owners off without writing there.
  /// Returns failed_precondition, with the process that has it, if a runtime has the directory;
  /// not_found if there is none.
  static Result<DirectoryLock> read(const std::filesystem::path& directory);

  DirectoryLock(DirectoryLock&&) noexcept = default;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : file_(fd) {}

  static DirectoryLock open(const std::filesystem::path& path, int flags);

  FileDescriptor file_;
  ProcessMark process_;
};

}  // namespace onerun::store
