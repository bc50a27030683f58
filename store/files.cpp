#include "store/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <string>
#include <system_error>
#include <utility>

#include "core/big_endian.hpp"

namespace onerun::store {
namespace {

constexpr std::string_view kFormatPrefix = "onerun format ";
constexpr auto kMarkSyncInterval = std::chrono::seconds(1);

std::filesystem::path format_path(const std::filesystem::path& directory) {
  return directory / "FORMAT";
}

bool is_one_of(int error_number, std::initializer_list<int> these) {
  return std::ranges::find(these, error_number) != these.end();
}

Status sync_file(const FileDescriptor& file, const std::filesystem::path& path) {
  return ::fdatasync(file.get()) == 0 ? Status() : system_error(errno, "sync", path);
}

Status damaged(const std::filesystem::path& path, std::string_view reason) {
  return Status(
      StatusCode::kDataLoss, path.string() + ": " + std::string(reason),
      Corruption{.family = path.filename().string(), .key = {}, .reason = std::string(reason)});
}

std::filesystem::path mark_path(const std::filesystem::path& directory) {
  return directory / "HIGH_WATER";
}

/// Opens a mark that must be there, unless the flags make it.
Result<FileDescriptor> open_mark(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, kFileMode);
  if (fd < 0 && is_absent(errno)) return damaged(path, "the high-water mark is missing");
  if (fd < 0) return system_error(errno, "open", path);
  return FileDescriptor(fd);
}

/// What is in a place; `nullopt` if nothing whole is.
std::optional<CommitNumber> decode_place(std::string_view marks, std::size_t place) {
  if (marks.size() < (place + 1) * kMarkPlaceBytes) return std::nullopt;
  std::string_view bytes = marks.substr(place * kMarkPlaceBytes, kMarkPlaceBytes);
  CommitNumber number = 0;
  CommitNumber complement = 0;
  const bool is_whole = core::take_big_endian(bytes, number) &&
                        core::take_big_endian(bytes, complement) && complement == ~number;
  return is_whole ? std::optional(number) : std::nullopt;
}

}  // namespace

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

bool is_absent(int error_number) { return error_number == ENOENT || error_number == ENOTDIR; }

Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, kFileMode);
  if (fd < 0) return system_error(errno, "open", path);
  return FileDescriptor(fd);
}

Result<std::string> read_start(const FileDescriptor& file, const std::filesystem::path& path,
                               std::size_t size) {
  std::string bytes(size, '\0');
  const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  if (got < 0) return system_error(errno, "read", path);
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

Status write_at(std::size_t offset, const FileDescriptor& file, const std::filesystem::path& path,
                std::string_view bytes) {
  const ssize_t put = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (put < 0) return system_error(errno, "write", path);
  if (static_cast<std::size_t>(put) != bytes.size()) return system_error(ENOSPC, "write", path);
  return {};
}

Status system_error(int error_number, std::string_view what, const std::filesystem::path& path) {
  StatusCode code = StatusCode::kUnavailable;
  if (is_one_of(error_number, {EACCES, EPERM, EROFS})) {
    code = StatusCode::kPermissionDenied;
  }
  if (is_one_of(error_number, {ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM, ENOLCK})) {
    code = StatusCode::kResourceExhausted;
  }
  if (is_one_of(error_number, {ENOTDIR, EEXIST, EISDIR, ENAMETOOLONG, ELOOP})) {
    code = StatusCode::kInvalidArgument;
  }
  return Status(code, "can't " + std::string(what) + " " + path.string() + ": " +
                          std::generic_category().message(error_number));
}

Status make_directory(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path above = path.parent_path();
  if (!std::filesystem::is_directory(path, error)) {
    Status made = above.empty() || above == path ? Status() : make_directory(above);
    if (!made.ok()) return made;
    std::filesystem::create_directory(path, error);
    if (error) return system_error(error.value(), "make directory", path);
    if (!std::filesystem::is_directory(path, error)) {
      return system_error(ENOTDIR, "make directory", path);
    }
  }
  // Also if it was there: who made it may have been killed before this. What may not be read can't
  // be synced.
  Status synced = sync_directory(above.empty() ? "." : above);
  return synced.code() == StatusCode::kPermissionDenied ? Status() : synced;
}

Status sync_directory(const std::filesystem::path& path) {
  auto directory = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) return directory.status();
  return ::fsync(directory->get()) == 0 ? Status() : system_error(errno, "sync", path);
}

Result<std::optional<unsigned>> read_format(const std::filesystem::path& directory) {
  const std::filesystem::path path = format_path(directory);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return std::optional<unsigned>();
  if (fd < 0) return system_error(errno, "open", path);
  const auto text = read_start(FileDescriptor(fd), path, 64);
  if (!text.ok()) return text.status();
  const auto version = decode_format(*text);
  if (!version) return damaged(path, "not a format file of onerun");
  return version;
}

std::string encode_format(unsigned version) {
  return std::string(kFormatPrefix) + std::to_string(version) + "\n";
}

std::optional<unsigned> decode_format(std::string_view text) {
  if (!text.starts_with(kFormatPrefix) || !text.ends_with('\n')) return std::nullopt;
  text.remove_prefix(kFormatPrefix.size());
  text.remove_suffix(1);
  unsigned version = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9' || version > 100'000'000) return std::nullopt;
    version = version * 10 + static_cast<unsigned>(digit - '0');
  }
  return version == 0 ? std::nullopt : std::optional(version);
}

Status write_format(const std::filesystem::path& directory, unsigned version) {
  const std::filesystem::path temporary = directory / "FORMAT.new";
  {
    auto file = open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.ok()) return file.status();
    Status status = write_at(0, *file, temporary, encode_format(version));
    if (status.ok()) status = sync_file(*file, temporary);
    if (!status.ok()) return status;
  }
  if (::rename(temporary.c_str(), format_path(directory).c_str()) != 0) {
    return system_error(errno, "rename", temporary);
  }
  return sync_directory(directory);
}

// The number and its complement, both big-endian: bytes that only a whole write gives.
std::string encode_mark(CommitNumber number) {
  std::string bytes;
  core::append_big_endian(bytes, number);
  core::append_big_endian(bytes, ~number);
  return bytes;
}

std::optional<PlacedMark> decode_marks(std::string_view bytes) {
  if (bytes.size() > kMarkPlaces * kMarkPlaceBytes) return std::nullopt;
  std::optional<PlacedMark> highest;
  for (std::size_t place = 0; place < kMarkPlaces; ++place) {
    const auto number = decode_place(bytes, place);
    if (number && (!highest || *number >= highest->number)) highest = {*number, place};
  }
  return highest;
}

HighWaterMark::HighWaterMark(std::filesystem::path path, FileDescriptor file)
    : path_(std::move(path)),
      file_(std::move(file)),
      synced_at_(std::chrono::steady_clock::now()) {}

Result<HighWaterMark> HighWaterMark::open(const std::filesystem::path& directory, bool create,
                                          bool accept_damage) {
  const std::filesystem::path path = mark_path(directory);
  auto file = open_mark(path, O_RDWR | (create ? O_CREAT : 0));
  if (accept_damage && file.code() == StatusCode::kDataLoss) {
    create = true;
    file = open_mark(path, O_RDWR | O_CREAT);
  }
  if (!file.ok()) return file.status();
  HighWaterMark mark(path, std::move(*file));
  Status status = mark.read_places();
  if (status.code() == StatusCode::kDataLoss && (create || accept_damage)) {
    create = true;
    status = Status();
  }
  if (status.ok() && create) status = mark.reset(mark.noted());
  if (!status.ok()) return status;
  return mark;
}

Result<CommitNumber> HighWaterMark::read(const std::filesystem::path& directory) {
  const std::filesystem::path path = mark_path(directory);
  auto file = open_mark(path, O_RDONLY);
  if (!file.ok()) return file.status();
  HighWaterMark mark(path, std::move(*file));
  Status status = mark.read_places();
  if (!status.ok()) return status;
  return mark.noted();
}

Status HighWaterMark::read_places() {
  const auto bytes = read_start(file_, path_, kMarkPlaces * kMarkPlaceBytes + 1);
  if (!bytes.ok()) return bytes.status();
  const auto mark = decode_marks(*bytes);
  if (!mark) return damaged(path_, "the high-water mark is damaged");
  noted_ = mark->number;
  next_place_ = (mark->place + 1) % kMarkPlaces;
  return {};
}

Status HighWaterMark::note(CommitNumber number) {
  Status status = write_at(next_place_ * kMarkPlaceBytes, file_, path_, encode_mark(number));
  if (!status.ok()) return status;
  noted_ = number;
  next_place_ = (next_place_ + 1) % kMarkPlaces;
  const bool due = std::chrono::steady_clock::now() - synced_at_ >= kMarkSyncInterval;
  return due ? sync() : Status();
}

Status HighWaterMark::reset(CommitNumber number) {
  // More than the places would stay, and be damage, whatever is noted.
  if (::ftruncate(file_.get(), kMarkPlaces * kMarkPlaceBytes) != 0) {
    return system_error(errno, "truncate", path_);
  }
  Status status = note(number);
  if (status.ok()) status = note(number);  // in the other place
  return status.ok() ? sync() : status;
}

Status HighWaterMark::sync() {
  synced_at_ = std::chrono::steady_clock::now();
  return sync_file(file_, path_);
}

}  // namespace onerun::store
