#include "tests/faults/failing_disk.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace onerun::test {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus to_status(DiskError error) {
  return error == DiskError::kNoSpace ? IOStatus::NoSpace("a simulated full disk")
                                      : IOStatus::IOError("a simulated I/O error");
}

std::string contents(const std::string& name) {
  std::stringstream bytes;
  bytes << std::ifstream(name, std::ios::binary).rdbuf();
  return bytes.str();
}

class WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WritableFile(FailingDisk& disk, std::string name, std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), name_(std::move(name)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    const auto error = disk_.fails(DiskCall::kAppend);
    if (error && *error != DiskError::kShortWrite) return to_status(*error);
    const Slice written(data.data(), error ? data.size() / 2 : data.size());
    IOStatus status = FSWritableFileOwnerWrapper::Append(written, options, debug);
    if (status.ok()) disk_.appended(name_, written.size());
    return error ? to_status(*error) : status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = disk_.check(DiskCall::kSync);
    if (status.ok()) status = FSWritableFileOwnerWrapper::Flush(options, debug);
    if (status.ok()) disk_.synced(name_);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = disk_.check_power();
    if (status.ok()) status = FSWritableFileOwnerWrapper::Truncate(size, options, debug);
    if (status.ok()) disk_.truncated(name_, size);
    return status;
  }
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();  // promises nothing
  }

 private:
  FailingDisk& disk_;
  const std::string name_;
};

class Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(FailingDisk& disk, std::string name, std::unique_ptr<rocksdb::FSDirectory>&& directory)
      : FSDirectoryWrapper(std::move(directory)), disk_(disk), name_(std::move(name)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    IOStatus status = disk_.check(DiskCall::kSyncDirectory);
    if (status.ok()) disk_.synced_directory(name_);
    return status;
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  FailingDisk& disk_;
  const std::string name_;
};

class SequentialFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  SequentialFile(FailingDisk& disk, std::unique_ptr<rocksdb::FSSequentialFile>&& file)
      : FSSequentialFileOwnerWrapper(std::move(file)), disk_(disk) {}

  IOStatus Read(std::size_t size, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    IOStatus status = disk_.check(DiskCall::kRead);
    if (!status.ok()) return status;
    return FSSequentialFileOwnerWrapper::Read(size, options, result, scratch, debug);
  }

 private:
  FailingDisk& disk_;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  RandomAccessFile(FailingDisk& disk, std::unique_ptr<rocksdb::FSRandomAccessFile>&& file)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), disk_(disk) {}

  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions& options, Slice* result,
                char* scratch, IODebugContext* debug) const override {
    IOStatus status = disk_.check(DiskCall::kRead);
    if (!status.ok()) return status;
    return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, debug);
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t number, const IOOptions& options,
                     IODebugContext* debug) override {
    IOStatus status = disk_.check(DiskCall::kRead);
    if (!status.ok()) return status;
    return FSRandomAccessFileOwnerWrapper::MultiRead(requests, number, options, debug);
  }

 private:
  FailingDisk& disk_;
};

}  // namespace

FailingDisk::FailingDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

void FailingDisk::set_fault(const DiskFault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
}

std::uint64_t FailingDisk::calls(DiskCall call) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call);
  return found == calls_.end() ? 0 : found->second;
}

std::uint64_t FailingDisk::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

void FailingDisk::cut_power() {
  const std::lock_guard lock(mutex_);
  has_power_ = false;
}

std::optional<DiskError> FailingDisk::fails(DiskCall call) {
  const std::lock_guard lock(mutex_);
  if (!has_power_) return DiskError::kIo;
  const std::uint64_t number = ++calls_[call];
  if (!fault_ || fault_->call != call) return std::nullopt;
  const bool hits = fault_->sticky ? number >= fault_->at : number == fault_->at;
  failed_ += hits ? 1 : 0;
  return hits ? std::optional(fault_->error) : std::nullopt;
}

IOStatus FailingDisk::check(DiskCall call) {
  const auto error = fails(call);
  return error ? to_status(*error) : IOStatus::OK();
}

IOStatus FailingDisk::check_power() const {
  const std::lock_guard lock(mutex_);
  return has_power_ ? IOStatus::OK() : to_status(DiskError::kIo);
}

void FailingDisk::appended(const std::string& name, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  files_[name].size += bytes;
}

void FailingDisk::truncated(const std::string& name, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  File& file = files_[name];
  file.size = size;
  file.synced = std::min(file.synced, size);
}

void FailingDisk::synced(const std::string& name) {
  const std::lock_guard lock(mutex_);
  File& file = files_[name];
  file.synced = file.size;
}

void FailingDisk::synced_directory(const std::string& directory) {
  const auto is_in = [&](const std::string& name) {
    return std::filesystem::equivalent(std::filesystem::path(name).parent_path(), directory);
  };
  const std::lock_guard lock(mutex_);
  std::erase_if(new_names_, is_in);
  std::erase_if(renames_, [&](const Rename& rename) { return is_in(rename.to); });
}

void FailingDisk::created(const std::string& name) {
  const std::lock_guard lock(mutex_);
  new_names_.insert(name);
}

void FailingDisk::overwriting(const std::string& name) {
  const std::lock_guard lock(mutex_);
  overwritten_.try_emplace(name, contents(name));
}

void FailingDisk::overwritten_is_synced(const std::string& name) {
  const std::lock_guard lock(mutex_);
  overwritten_.erase(name);
}

void FailingDisk::renamed(const std::string& from, const std::string& to,
                          std::optional<std::string> before) {
  const std::lock_guard lock(mutex_);
  const auto moved = files_.find(from);
  if (moved != files_.end()) files_[to] = moved->second;
  forget_file(from);
  renames_.push_back({.from = from, .to = to, .before = std::move(before)});
}

void FailingDisk::forget_file(const std::string& name) {
  files_.erase(name);
  new_names_.erase(name);
}

IOStatus FailingDisk::open_to_write(
    const std::string& name, std::unique_ptr<rocksdb::FSWritableFile>* file,
    const std::function<IOStatus(std::unique_ptr<rocksdb::FSWritableFile>*)>& open) {
  IOStatus status = check(DiskCall::kCreate);
  if (!status.ok()) return status;
  std::unique_ptr<rocksdb::FSWritableFile> real;
  status = open(&real);
  if (!status.ok()) return status;
  std::error_code ignored;
  const std::uint64_t size = std::filesystem::file_size(name, ignored);
  const std::lock_guard lock(mutex_);
  files_[name] = {.size = size, .synced = size};
  *file = std::make_unique<WritableFile>(*this, name, std::move(real));
  return status;
}

IOStatus FailingDisk::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      IODebugContext* debug) {
  const IOStatus status =
      open_to_write(name, file, [&](std::unique_ptr<rocksdb::FSWritableFile>* real) {
        return FileSystemWrapper::NewWritableFile(name, options, real, debug);
      });
  if (status.ok()) created(name);
  return status;
}

IOStatus FailingDisk::ReopenWritableFile(const std::string& name,
                                         const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSWritableFile>* file,
                                         IODebugContext* debug) {
  return open_to_write(name, file, [&](std::unique_ptr<rocksdb::FSWritableFile>* real) {
    return FileSystemWrapper::ReopenWritableFile(name, options, real, debug);
  });
}

IOStatus FailingDisk::NewDirectory(const std::string& name, const IOOptions& options,
                                   std::unique_ptr<rocksdb::FSDirectory>* directory,
                                   IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> real;
  IOStatus status = FileSystemWrapper::NewDirectory(name, options, &real, debug);
  if (status.ok()) *directory = std::make_unique<Directory>(*this, name, std::move(real));
  return status;
}

IOStatus FailingDisk::NewRandomAccessFile(const std::string& name,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                          IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSRandomAccessFile> real;
  IOStatus status = FileSystemWrapper::NewRandomAccessFile(name, options, &real, debug);
  if (status.ok()) *file = std::make_unique<RandomAccessFile>(*this, std::move(real));
  return status;
}

IOStatus FailingDisk::NewSequentialFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                        IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSSequentialFile> real;
  IOStatus status = FileSystemWrapper::NewSequentialFile(name, options, &real, debug);
  if (status.ok()) *file = std::make_unique<SequentialFile>(*this, std::move(real));
  return status;
}

IOStatus FailingDisk::RenameFile(const std::string& from, const std::string& to,
                                 const IOOptions& options, IODebugContext* debug) {
  IOStatus status = check(DiskCall::kRename);
  if (!status.ok()) return status;
  std::optional<std::string> before;
  if (std::filesystem::exists(to)) before = contents(to);
  status = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (status.ok()) renamed(from, to, std::move(before));
  return status;
}

/// By a rename and a new file, both of which come here.
IOStatus FailingDisk::ReuseWritableFile(const std::string& name, const std::string& old_name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSWritableFile>* file,
                                        IODebugContext* debug) {
  return FileSystem::ReuseWritableFile(name, old_name, options, file, debug);
}

IOStatus FailingDisk::CreateDir(const std::string& name, const IOOptions& options,
                                IODebugContext* debug) {
  const IOStatus status = check_power();
  return status.ok() ? FileSystemWrapper::CreateDir(name, options, debug) : status;
}

IOStatus FailingDisk::CreateDirIfMissing(const std::string& name, const IOOptions& options,
                                         IODebugContext* debug) {
  const IOStatus status = check_power();
  return status.ok() ? FileSystemWrapper::CreateDirIfMissing(name, options, debug) : status;
}

/// Of a file that nobody has open; the store makes no such call.
IOStatus FailingDisk::Truncate(const std::string& name, std::size_t size, const IOOptions& options,
                               IODebugContext* debug) {
  IOStatus status = check_power();
  if (status.ok()) status = FileSystemWrapper::Truncate(name, size, options, debug);
  if (status.ok()) truncated(name, size);
  return status;
}

IOStatus FailingDisk::LinkFile(const std::string& from, const std::string& to,
                               const IOOptions& options, IODebugContext* debug) {
  IOStatus status = check_power();
  if (status.ok()) status = FileSystemWrapper::LinkFile(from, to, options, debug);
  if (status.ok()) created(to);
  return status;
}

IOStatus FailingDisk::DeleteDir(const std::string& name, const IOOptions& options,
                                IODebugContext* debug) {
  const IOStatus status = check(DiskCall::kDelete);
  return status.ok() ? FileSystemWrapper::DeleteDir(name, options, debug) : status;
}

IOStatus FailingDisk::DeleteFile(const std::string& name, const IOOptions& options,
                                 IODebugContext* debug) {
  IOStatus status = check(DiskCall::kDelete);
  if (status.ok()) status = FileSystemWrapper::DeleteFile(name, options, debug);
  if (!status.ok()) return status;
  const std::lock_guard lock(mutex_);
  forget_file(name);
  return status;
}

void FailingDisk::lose_what_was_not_synced(
    const std::function<std::uint64_t(std::uint64_t bound)>& draw) {
  const std::lock_guard lock(mutex_);
  constexpr std::uint64_t kSector = 512;
  for (const auto& [name, file] : files_) {
    if (!std::filesystem::exists(name)) continue;
    const std::uint64_t kept = file.synced + draw(file.size - file.synced + 1);
    std::filesystem::resize_file(name, kept);
    if (kept == file.synced || draw(2) == 0) continue;
    // The last sector of what was on its way is torn.
    const std::uint64_t torn = std::max(file.synced, kept > kSector ? kept - kSector : 0);
    std::fstream bytes(name, std::ios::binary | std::ios::in | std::ios::out);
    bytes.seekp(static_cast<std::streamoff>(torn));
    for (std::uint64_t i = torn; i < kept; ++i) bytes.put(static_cast<char>(draw(256)));
  }
  for (const auto& [name, before] : overwritten_) {
    if (std::filesystem::exists(name) && draw(2) == 0) {
      std::ofstream(name, std::ios::binary | std::ios::trunc) << before;
    }
  }
  for (auto rename = renames_.rbegin(); rename != renames_.rend(); ++rename) {
    if (draw(2) == 0) continue;
    std::error_code ignored;
    std::filesystem::rename(rename->to, rename->from, ignored);
    if (rename->before) std::ofstream(rename->to, std::ios::binary) << *rename->before;
  }
  for (const std::string& name : new_names_) {
    if (draw(2) == 0) std::filesystem::remove(name);
  }
}

}  // namespace onerun::test
