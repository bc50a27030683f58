// A directory that is removed at the end.
#pragma once

#include <onerun/status.hpp>

#include <filesystem>
#include <utility>

namespace onerun::load {

class TemporaryDirectory {
 public:
  /// Below `parent`; not below the directory for temporary files of the session, unless that is
  /// asked for: it is often in memory. Errors: as the system says.
  static Result<TemporaryDirectory> make(const std::filesystem::path& parent = "/var/tmp");

  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace onerun::load
