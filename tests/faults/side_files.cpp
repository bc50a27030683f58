// The calls of the C library that the store makes for its small files: LOCK, FORMAT and HIGH_WATER.
// Defined here, they take the C library's place in the whole program; what is for other files, or
// while no disk is set, is passed on to the system.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/faults/failing_disk.hpp"

namespace onerun::test {
namespace {

std::atomic<FailingDisk*> the_disk{nullptr};

/// RocksDB, in the directory `store`, has a LOCK of its own.
bool is_ours(const std::filesystem::path& path) {
  const std::string name = path.filename();
  return path.parent_path().filename() != "store" &&
         (name == "LOCK" || name == "FORMAT" || name == "FORMAT.new" || name == "HIGH_WATER");
}

/// The disk, if the file is one of ours.
FailingDisk* disk_of(const char* path) {
  FailingDisk* const disk = the_disk.load();
  return disk != nullptr && is_ours(path) ? disk : nullptr;
}

std::string path_of(int file) {
  std::array<char, 4096> path;
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
}

/// The disk, if the file is one of ours; its path too.
struct Ours {
  explicit Ours(int file) : disk(the_disk.load()) {
    if (disk != nullptr) path = path_of(file);
    if (!is_ours(path)) disk = nullptr;
  }

  FailingDisk* disk;
  std::string path;
};

/// The error that a call fails with, if it does; errno is set.
std::optional<DiskError> fails(FailingDisk& disk, DiskCall call) {
  const auto error = disk.fails(call);
  if (error) errno = *error == DiskError::kNoSpace ? ENOSPC : EIO;
  return error;
}

}  // namespace

void use_for_side_files(FailingDisk* disk) { the_disk.store(disk); }

}  // namespace onerun::test

using onerun::test::DiskCall;
using onerun::test::DiskError;
using onerun::test::FailingDisk;
using onerun::test::Ours;
using onerun::test::the_disk;

extern "C" {

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list more;
    va_start(more, flags);
    mode = va_arg(more, mode_t);
    va_end(more);
  }
  FailingDisk* const disk = onerun::test::disk_of(path);
  const bool is_new = disk != nullptr && (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
  const DiskCall call = is_new ? DiskCall::kCreate : DiskCall::kOpen;
  if (disk != nullptr && onerun::test::fails(*disk, call)) return -1;
  const auto file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
  if (is_new && file >= 0) disk->unsynced().named(path);
  return file;
}

ssize_t pread(int file, void* bytes, std::size_t size, off_t offset) {
  const Ours ours(file);
  if (ours.disk != nullptr && onerun::test::fails(*ours.disk, DiskCall::kRead)) return -1;
  return ::syscall(SYS_pread64, file, bytes, size, offset);
}

ssize_t pwrite(int file, const void* bytes, std::size_t size, off_t offset) {
  const Ours ours(file);
  if (ours.disk != nullptr) {
    const auto error = onerun::test::fails(*ours.disk, DiskCall::kAppend);
    size = ours.disk->written_of(size, error);
    if (error && size == 0) return -1;
    ours.disk->unsynced().overwriting(ours.path);
  }
  return ::syscall(SYS_pwrite64, file, bytes, size, offset);
}

int fdatasync(int file) {
  const Ours ours(file);
  if (ours.disk == nullptr) return static_cast<int>(::syscall(SYS_fdatasync, file));
  if (onerun::test::fails(*ours.disk, DiskCall::kSync)) return -1;
  ours.disk->unsynced().overwritten_is_synced(ours.path);
  return 0;
}

/// The store itself only syncs its directory; RocksDB's come to the disk otherwise.
int fsync(int file) {
  FailingDisk* const disk = the_disk.load();
  if (disk == nullptr) return static_cast<int>(::syscall(SYS_fsync, file));
  if (onerun::test::fails(*disk, DiskCall::kSyncDirectory)) return -1;
  disk->unsynced().directory_synced(onerun::test::path_of(file));
  return 0;
}

int rename(const char* from, const char* to) {
  FailingDisk* const disk = onerun::test::disk_of(from);
  if (disk != nullptr && onerun::test::fails(*disk, DiskCall::kRename)) return -1;
  const auto result = static_cast<int>(::syscall(SYS_rename, from, to));
  if (disk != nullptr && result == 0) disk->unsynced().renamed(from, to, std::nullopt);
  return result;
}

}  // extern "C"
