// The small files beside the store: its format and its high-water mark; and what they are made of.
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

  /// Forgets the descriptor without closing it.
  void disown() { fd_ = -1; }

 private:
  int fd_ = -1;
};

/// An error of the operating system as a Status; names what was being done to which path.
Status system_error(int error_number, std::string_view what, const std::filesystem::path& path);

/// Says that there is no such file.
bool is_absent(int error_number);

/// What a new file may be used for, and by whom.
inline constexpr unsigned kFileMode = 0644;

/// Opens a file that programs which this process starts don't inherit.
Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags);

/// Up to `size` bytes from the start.
Result<std::string> read_start(const FileDescriptor& file, const std::filesystem::path& path,
                               std::size_t size);

Status write_at(std::size_t offset, const FileDescriptor& file, const std::filesystem::path& path,
                std::string_view bytes);

/// Makes the directory and those above it, if missing. Its name is durable then: a power cut would
/// take away what is below with it.
Status make_directory(const std::filesystem::path& path);

/// Makes a rename or a new file in the directory survive a power cut.
Status sync_directory(const std::filesystem::path& path);

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
