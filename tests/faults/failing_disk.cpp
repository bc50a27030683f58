#include "tests/faults/failing_disk.hpp"

#include <filesystem>

#include "tests/faults/failing_files.hpp"

namespace onerun::test {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

IOStatus to_status(DiskError error) {
  return error == DiskError::kNoSpace ? IOStatus::NoSpace("a simulated full disk")
                                      : IOStatus::IOError("a simulated I/O error");
}

FailingDisk::FailingDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

// ---- what goes wrong ----

void FailingDisk::set_fault(const DiskFault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
}

void FailingDisk::set_power_cut(const PowerCut& cut) {
  const std::lock_guard lock(mutex_);
  cut_ = cut;
  calls_to_cut_ = cut.at;
}

void FailingDisk::cut_power() {
  const std::lock_guard lock(mutex_);
  has_power_ = false;
}

bool FailingDisk::has_power() const {
  const std::lock_guard lock(mutex_);
  return has_power_;
}

void FailingDisk::freeze() {
  const std::lock_guard lock(mutex_);
  is_frozen_ = true;
}

void FailingDisk::thaw() {
  const std::lock_guard lock(mutex_);
  is_frozen_ = false;
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

std::uint64_t FailingDisk::deleted_tables() const {
  const std::lock_guard lock(mutex_);
  return deleted_tables_;
}

std::optional<DiskError> FailingDisk::fails(DiskCall call) {
  const std::lock_guard lock(mutex_);
  if (is_frozen_) return DiskError::kIo;
  if (!has_power_) {
    ++failed_;
    return DiskError::kIo;
  }
  const std::uint64_t number = ++calls_[call];
  has_power_ = !cut_ || --calls_to_cut_ > 0;
  const bool is_fault = fault_ && fault_->call == call &&
                        (fault_->sticky ? number >= fault_->at : number == fault_->at);
  if (has_power_ && !is_fault) return std::nullopt;
  ++failed_;
  return has_power_ ? fault_->error : DiskError::kPowerCut;
}

IOStatus FailingDisk::check(DiskCall call) {
  const auto error = fails(call);
  return error ? to_status(*error) : IOStatus::OK();
}

std::size_t FailingDisk::written_of(std::size_t size, const std::optional<DiskError>& error) const {
  if (!error) return size;
  if (error == DiskError::kShortWrite) return size / 2;
  const std::lock_guard lock(mutex_);
  return error == DiskError::kPowerCut ? size * cut_->written_percent / 100 : 0;
}

// ---- opening ----

IOStatus FailingDisk::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      IODebugContext* debug) {
  IOStatus status = check(DiskCall::kCreate);
  std::unique_ptr<rocksdb::FSWritableFile> real;
  if (status.ok()) status = FileSystemWrapper::NewWritableFile(name, options, &real, debug);
  if (!status.ok()) return status;
  unsynced_.created(name);
  *file = std::make_unique<WritableFile>(*this, name, std::move(real));
  return status;
}

IOStatus FailingDisk::ReopenWritableFile(const std::string& name,
                                         const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSWritableFile>* file,
                                         IODebugContext* debug) {
  IOStatus status = check(DiskCall::kOpen);
  std::unique_ptr<rocksdb::FSWritableFile> real;
  if (status.ok()) status = FileSystemWrapper::ReopenWritableFile(name, options, &real, debug);
  if (!status.ok()) return status;
  unsynced_.opened(name);
  *file = std::make_unique<WritableFile>(*this, name, std::move(real));
  return status;
}

/// By a rename and a new file, both of which come here.
IOStatus FailingDisk::ReuseWritableFile(const std::string& name, const std::string& old_name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSWritableFile>* file,
                                        IODebugContext* debug) {
  return FileSystem::ReuseWritableFile(name, old_name, options, file, debug);
}

IOStatus FailingDisk::NewDirectory(const std::string& name, const IOOptions& options,
                                   std::unique_ptr<rocksdb::FSDirectory>* directory,
                                   IODebugContext* debug) {
  IOStatus status = check(DiskCall::kOpen);
  std::unique_ptr<rocksdb::FSDirectory> real;
  if (status.ok()) status = FileSystemWrapper::NewDirectory(name, options, &real, debug);
  if (status.ok()) *directory = std::make_unique<Directory>(*this, name, std::move(real));
  return status;
}

IOStatus FailingDisk::NewRandomAccessFile(const std::string& name,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                          IODebugContext* debug) {
  IOStatus status = check(DiskCall::kOpen);
  std::unique_ptr<rocksdb::FSRandomAccessFile> real;
  if (status.ok()) status = FileSystemWrapper::NewRandomAccessFile(name, options, &real, debug);
  if (status.ok()) *file = std::make_unique<RandomAccessFile>(*this, std::move(real));
  return status;
}

IOStatus FailingDisk::NewSequentialFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                        IODebugContext* debug) {
  IOStatus status = check(DiskCall::kOpen);
  std::unique_ptr<rocksdb::FSSequentialFile> real;
  if (status.ok()) status = FileSystemWrapper::NewSequentialFile(name, options, &real, debug);
  if (status.ok()) *file = std::make_unique<SequentialFile>(*this, std::move(real));
  return status;
}

// ---- looking ----

IOStatus FailingDisk::GetChildren(const std::string& name, const IOOptions& options,
                                  std::vector<std::string>* children, IODebugContext* debug) {
  const IOStatus status = check(DiskCall::kList);
  return status.ok() ? FileSystemWrapper::GetChildren(name, options, children, debug) : status;
}

IOStatus FailingDisk::GetChildrenFileAttributes(const std::string& name, const IOOptions& options,
                                                std::vector<rocksdb::FileAttributes>* children,
                                                IODebugContext* debug) {
  const IOStatus status = check(DiskCall::kList);
  return status.ok() ? FileSystemWrapper::GetChildrenFileAttributes(name, options, children, debug)
                     : status;
}

IOStatus FailingDisk::GetFileSize(const std::string& name, const IOOptions& options,
                                  std::uint64_t* size, IODebugContext* debug) {
  const IOStatus status = check(DiskCall::kSize);
  return status.ok() ? FileSystemWrapper::GetFileSize(name, options, size, debug) : status;
}

// ---- changing names ----

IOStatus FailingDisk::RenameFile(const std::string& from, const std::string& to,
                                 const IOOptions& options, IODebugContext* debug) {
  IOStatus status = check(DiskCall::kRename);
  if (!status.ok()) return status;
  std::optional<std::string> before;
  if (std::filesystem::exists(to)) before = contents(to);
  status = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (status.ok()) unsynced_.renamed(from, to, std::move(before));
  return status;
}

/// The store makes no such call, and could not rely on it: RocksDB copies the file instead.
IOStatus FailingDisk::LinkFile(const std::string&, const std::string&, const IOOptions&,
                               IODebugContext*) {
  return IOStatus::NotSupported("links");
}

/// Of a file that nobody has open; the store makes no such call.
IOStatus FailingDisk::Truncate(const std::string& name, std::size_t size, const IOOptions& options,
                               IODebugContext* debug) {
  IOStatus status = check(DiskCall::kTruncate);
  if (status.ok()) status = FileSystemWrapper::Truncate(name, size, options, debug);
  if (status.ok()) unsynced_.truncated(name, size);
  return status;
}

IOStatus FailingDisk::CreateDir(const std::string& name, const IOOptions& options,
                                IODebugContext* debug) {
  const IOStatus status = check(DiskCall::kMakeDirectory);
  return status.ok() ? FileSystemWrapper::CreateDir(name, options, debug) : status;
}

IOStatus FailingDisk::CreateDirIfMissing(const std::string& name, const IOOptions& options,
                                         IODebugContext* debug) {
  const IOStatus status = check(DiskCall::kMakeDirectory);
  return status.ok() ? FileSystemWrapper::CreateDirIfMissing(name, options, debug) : status;
}

IOStatus FailingDisk::DeleteDir(const std::string& name, const IOOptions& options,
                                IODebugContext* debug) {
  const IOStatus status = check(DiskCall::kDelete);
  return status.ok() ? FileSystemWrapper::DeleteDir(name, options, debug) : status;
}

IOStatus FailingDisk::DeleteFile(const std::string& name, const IOOptions& options,
                                 IODebugContext* debug) {
  IOStatus status = check(DiskCall::kDelete);
  if (!status.ok()) return status;
  std::string before = contents(name);
  status = FileSystemWrapper::DeleteFile(name, options, debug);
  if (!status.ok()) return status;
  unsynced_.deleted(name, std::move(before));
  const std::lock_guard lock(mutex_);
  deleted_tables_ += name.ends_with(".sst") ? 1 : 0;
  return status;
}

}  // namespace onerun::test
