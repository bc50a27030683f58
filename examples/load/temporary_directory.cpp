#include "temporary_directory.hpp"

#include <cstdlib>
#include <string>
#include <system_error>

#include "process.hpp"

namespace onerun::load {

Result<TemporaryDirectory> TemporaryDirectory::make(const std::filesystem::path& parent) {
  std::string name = (parent / "onerun-load-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return system_error("can't make directory " + name);
  return TemporaryDirectory(name);
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace onerun::load
