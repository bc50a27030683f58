#include "store/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <string>
#include <string_view>
#include <system_error>

#include "core/check.hpp"

namespace onerun::store {
namespace {

namespace fs = std::filesystem;

/// Room for the longest name of a file in the directory, as `/store/OPTIONS-000123.dbtmp`.
constexpr std::size_t kNamesBelow = 64;
constexpr std::size_t kLongestDirectory = PATH_MAX - 1 - kNamesBelow;

Status check_name(const fs::path& directory) {
  constexpr std::string_view kField = "data_dir";
  if (directory.empty()) return core::invalid_field(kField, "empty", "the name of a directory");
  const std::string& name = directory.native();
  if (name.find('\0') == name.npos) return core::check_size(kField, name.size(), kLongestDirectory);
  return core::invalid_field(kField, "a name with a zero byte", "the name of a directory");
}

/// Says which process has the lock, as far as its file tells.
std::string holder_of(const FileDescriptor& lock, const fs::path& path) {
  const auto text = read_start(lock, path, 32);
  if (!text.ok() || text->empty()) return "another runtime";
  return "process " + text->substr(0, text->find('\n'));
}

Status in_use(const fs::path& directory, const FileDescriptor& lock, const fs::path& path) {
  return Status(StatusCode::kFailedPrecondition,
                "data directory " + directory.string() + " is in use by " + holder_of(lock, path));
}

/// Without the file nothing would keep a runtime off that opens the directory meanwhile.
Status no_lock(const fs::path& directory) {
  std::error_code none;
  const char* const what =
      fs::exists(directory / "FORMAT", none)
          ? " has no file LOCK, which keeps others off while it is open: if nobody has it open, as "
            "with a copy, an empty file of that name will do"
          : " is not a data directory of onerun: it has no file LOCK, which a runtime makes "
            "when it opens one";
  return Status(StatusCode::kNotFound, directory.string() + what);
}

}  // namespace

Result<fs::path> absolute_directory(const fs::path& directory) {
  Status named = check_name(directory);
  if (!named.ok()) return named;
  std::error_code error;
  fs::path absolute = fs::absolute(directory, error);
  if (error.value() == ENOENT) {
    return Status(StatusCode::kFailedPrecondition,
                  "data_dir " + directory.string() +
                      " is relative, and the working directory of the process is gone");
  }
  if (error) return system_error(error.value(), "find the working directory for", directory);
  named = check_name(absolute);
  if (!named.ok()) return named;
  return absolute;
}

Result<fs::path> resolve_links(const fs::path& directory) {
  std::error_code error;
  fs::path resolved = fs::canonical(directory, error);
  if (is_absent(error.value())) return directory;
  if (error) return system_error(error.value(), "resolve", directory);
  Status named = check_name(resolved);
  if (!named.ok()) return named;
  return resolved;
}

DirectoryLock DirectoryLock::open(const fs::path& path, int flags) {
  return DirectoryLock(open_closed_in_children(path.c_str(), flags, kFileMode));
}

/// Unlocked and not only closed: a child may be between its fork and its first instruction.
DirectoryLock::~DirectoryLock() {
  if (!file_.valid()) return;
  if (process_.is_of_this_process()) {
    ::flock(file_.get(), LOCK_UN);
    forget_in_children(file_.get());
  } else {
    file_.disown();  // the fork has closed it
  }
}

Result<DirectoryLock> DirectoryLock::own(const fs::path& directory) {
  const fs::path path = directory / "LOCK";
  DirectoryLock lock = open(path, O_RDWR | O_CREAT);
  if (!lock.file_.valid()) return system_error(errno, "open", path);
  if (::flock(lock.file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(errno, "lock", path);
    return in_use(directory, lock.file_, path);
  }
  if (::ftruncate(lock.file_.get(), 0) != 0) return system_error(errno, "truncate", path);
  Status written = write_at(0, lock.file_, path, std::to_string(::getpid()) + "\n");
  if (!written.ok()) return written;
  return lock;
}

Result<DirectoryLock> DirectoryLock::read(const fs::path& directory) {
  const fs::path path = directory / "LOCK";
  DirectoryLock lock = open(path, O_RDONLY);
  if (!lock.file_.valid() && is_absent(errno)) return no_lock(directory);
  if (!lock.file_.valid()) return system_error(errno, "open", path);
  if (::flock(lock.file_.get(), LOCK_SH | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return system_error(errno, "lock", path);
  return in_use(directory, lock.file_, path);
}

}  // namespace onerun::store
