// The small files beside the store: the directory's lock, its format, and the high-water mark.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "onerun/status.hpp"
#include "store/store.hpp"

namespace onerun::store {

/// A file descriptor that closes itself.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// An error of the operating system as a Status; names what was being done to which path.
Status system_error(int error_number, std::string_view what, const std::filesystem::path& path);

/// Makes the directory and those above it, if missing. Its name is durable then: a power cut would
/// take away what is below with it.
Status make_directory(const std::filesystem::path& path);

/// Makes a rename or a new file in the directory survive a power cut.
Status sync_directory(const std::filesystem::path& path);

/// Keeps other runtimes off a directory, of this process and of others, as long as it lives.
/// Returns failed_precondition, with the process that has it, if it is in use.
Result<FileDescriptor> lock_directory(const std::filesystem::path& directory);

/// Keeps owners off a directory as long as it lives, without writing there; several readers may.
/// Returns failed_precondition, with the process that has it, if a runtime has the directory;
/// not_found if there is none.
Result<FileDescriptor> lock_directory_to_read(const std::filesystem::path& directory);

/// The version in the format file; `nullopt` if there is no such file; data_loss if it is not one.
Result<std::optional<unsigned>> read_format(const std::filesystem::path& directory);

/// Writes the format file: all of it, or nothing.
Status write_format(const std::filesystem::path& directory, unsigned version);

/// What a format file says, and the version in one; `nullopt` if it is none.
std::string encode_format(unsigned version);
std::optional<unsigned> decode_format(std::string_view text);

/// The bytes of a high-water mark: two places of as many, each with a number or with nothing whole.
inline constexpr std::size_t kMarkPlaceBytes = 16;
inline constexpr std::size_t kMarkPlaces = 2;

/// What a place holds for a number.
std::string encode_mark(CommitNumber number);

/// A number, and the place that has it.
struct PlacedMark {
  CommitNumber number;
  std::size_t place;
};

/// The higher one of two places that are whole, else the one that is; `nullopt` if none is, or if
/// the bytes are more than the places.
std::optional<PlacedMark> decode_marks(std::string_view bytes);

/// The number of the highest commit that was durable when it was noted. There are two places for
/// it, written in turn: a write that fails half-way leaves the note before it. It is written after
/// each durable commit, so that it is exact when the process dies, and synced once a second and
/// when the store rests, so that after a power cut it is not much older. It is never ahead of the
/// log.
class HighWaterMark {
 public:
  /// The mark of a directory, without opening it for more. Errors: data_loss.
  static Result<CommitNumber> read(const std::filesystem::path& directory);

  /// Opens the mark of a directory, or makes it. `accept_damage`: make it anew, from 0, instead of
  /// data_loss.
  static Result<HighWaterMark> open(const std::filesystem::path& directory, bool create,
                                    bool accept_damage);

  CommitNumber noted() const { return noted_; }

  /// Notes a durable commit, one behind those that were noted before.
  Status note(CommitNumber number);

  /// Notes this one, whatever was noted before, and makes that survive a power cut.
  Status reset(CommitNumber number);

  /// Makes the note survive a power cut.
  Status sync();

 private:
  HighWaterMark(std::filesystem::path path, FileDescriptor file);

  Status read_places();

  std::filesystem::path path_;
  FileDescriptor file_;
  CommitNumber noted_ = 0;
  std::size_t next_place_ = 0;  ///< the one that does not have it
  std::chrono::steady_clock::time_point synced_at_;
};

}  // namespace onerun::store
