#include "tests/faults/failing_files.hpp"

namespace onerun::test {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// ---- files to be written ----

IOStatus WritableFile::Append(const Slice& data, const IOOptions& options, IODebugContext* debug) {
  const auto error = disk_.fails(DiskCall::kAppend);
  const Slice written(data.data(), disk_.written_of(data.size(), error));
  if (error && written.empty()) return to_status(*error);
  const IOStatus status = FSWritableFileOwnerWrapper::Append(written, options, debug);
  if (status.ok()) disk_.unsynced().appended(name_, written.size());
  return error ? to_status(*error) : status;
}

IOStatus WritableFile::Sync(const IOOptions& options, IODebugContext* debug) {
  IOStatus status = disk_.check(DiskCall::kSync);
  if (!status.ok()) {
    disk_.unsynced().sync_failed(name_);
    return status;
  }
  status = FSWritableFileOwnerWrapper::Flush(options, debug);
  if (status.ok()) disk_.unsynced().synced(name_);
  return status;
}

IOStatus WritableFile::Truncate(std::uint64_t size, const IOOptions& options,
                                IODebugContext* debug) {
  IOStatus status = disk_.check(DiskCall::kTruncate);
  if (status.ok()) status = FSWritableFileOwnerWrapper::Truncate(size, options, debug);
  if (status.ok()) disk_.unsynced().truncated(name_, size);
  return status;
}

/// The real file is closed in any case, as by a close of the system that ends with an error.
IOStatus WritableFile::Close(const IOOptions& options, IODebugContext* debug) {
  const IOStatus status = disk_.check(DiskCall::kClose);
  const IOStatus closed = FSWritableFileOwnerWrapper::Close(options, debug);
  return status.ok() ? closed : status;
}

// ---- directories ----

IOStatus Directory::Fsync(const IOOptions&, IODebugContext*) {
  IOStatus status = disk_.check(DiskCall::kSyncDirectory);
  if (status.ok()) disk_.unsynced().directory_synced(name_);
  return status;
}

IOStatus Directory::Close(const IOOptions& options, IODebugContext* debug) {
  const IOStatus status = disk_.check(DiskCall::kClose);
  const IOStatus closed = FSDirectoryWrapper::Close(options, debug);
  return status.ok() ? closed : status;
}

// ---- files to be read ----

IOStatus SequentialFile::Read(std::size_t size, const IOOptions& options, Slice* result,
                              char* scratch, IODebugContext* debug) {
  IOStatus status = disk_.check(DiskCall::kRead);
  if (!status.ok()) return status;
  return FSSequentialFileOwnerWrapper::Read(size, options, result, scratch, debug);
}

IOStatus RandomAccessFile::Read(std::uint64_t offset, std::size_t size, const IOOptions& options,
                                Slice* result, char* scratch, IODebugContext* debug) const {
  IOStatus status = disk_.check(DiskCall::kRead);
  if (!status.ok()) return status;
  return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, debug);
}

IOStatus RandomAccessFile::MultiRead(rocksdb::FSReadRequest* requests, std::size_t number,
                                     const IOOptions& options, IODebugContext* debug) {
  IOStatus status = disk_.check(DiskCall::kRead);
  if (!status.ok()) return status;
  return FSRandomAccessFileOwnerWrapper::MultiRead(requests, number, options, debug);
}

}  // namespace onerun::test
