#include "tests/faults/unsynced.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace onerun::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSector = 512;

bool is_log(const std::string& name) { return name.ends_with(".log"); }

void write(const std::string& name, const std::string& bytes) {
  std::ofstream(name, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace

std::string contents(const std::string& name) {
  std::stringstream bytes;
  bytes << std::ifstream(name, std::ios::binary).rdbuf();
  return bytes.str();
}

// ---- files ----

void Unsynced::created(const std::string& name) {
  const std::lock_guard lock(mutex_);
  files_[name] = {};
  names_.push_back({.from = {}, .to = name, .before = {}});
}

void Unsynced::opened(const std::string& name) {
  std::error_code ignored;
  const std::uint64_t size = fs::file_size(name, ignored);
  const std::lock_guard lock(mutex_);
  files_.try_emplace(name, File{.size = size, .synced = size});
}

void Unsynced::appended(const std::string& name, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  files_[name].size += bytes;
}

void Unsynced::truncated(const std::string& name, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  File& file = files_[name];
  file.size = size;
  file.synced = std::min(file.synced, size);
}

void Unsynced::synced(const std::string& name) {
  const std::lock_guard lock(mutex_);
  File& file = files_[name];
  if (!file.is_lost) file.synced = file.size;
}

void Unsynced::sync_failed(const std::string& name) {
  const std::lock_guard lock(mutex_);
  files_[name].is_lost = true;
}

void Unsynced::overwriting(const std::string& name) {
  const std::lock_guard lock(mutex_);
  overwritten_.try_emplace(name, contents(name));
}

void Unsynced::overwritten_is_synced(const std::string& name) {
  const std::lock_guard lock(mutex_);
  overwritten_.erase(name);
}

// ---- names ----

void Unsynced::named(const std::string& name) {
  const std::lock_guard lock(mutex_);
  names_.push_back({.from = {}, .to = name, .before = {}});
}

void Unsynced::renamed(const std::string& from, const std::string& to,
                       std::optional<std::string> before) {
  const std::lock_guard lock(mutex_);
  if (auto moved = files_.extract(from)) {
    files_.erase(to);
    moved.key() = to;
    files_.insert(std::move(moved));
  }
  names_.push_back({.from = from, .to = to, .before = std::move(before)});
}

void Unsynced::deleted(const std::string& name, std::string before) {
  const std::lock_guard lock(mutex_);
  if (const auto found = files_.find(name); found != files_.end()) {
    before.resize(std::min<std::size_t>(before.size(), found->second.synced));
    files_.erase(found);
  }
  names_.push_back({.from = {}, .to = name, .before = std::move(before)});
}

void Unsynced::directory_synced(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  std::erase_if(names_, [&](const NameChange& change) {
    return fs::equivalent(fs::path(change.to).parent_path(), directory);
  });
}

// ---- the power cut ----

void Unsynced::undo(const NameChange& change) {
  std::error_code ignored;
  if (change.from.empty()) {
    fs::remove(change.to, ignored);
  } else {
    fs::rename(change.to, change.from, ignored);
  }
  if (change.before) write(change.to, *change.before);
}

/// A random part of what was not synced is there, its last sector perhaps torn.
void Unsynced::lose_end_of(const std::string& name, const File& file, const Draw& draw,
                           PowerLoss& loss) {
  const std::uint64_t kept = file.synced + draw(file.size - file.synced + 1);
  fs::resize_file(name, kept);
  if (is_log(name)) loss.log_bytes += file.size - kept;
  if (kept == file.synced || draw(2) == 0) return;
  const std::uint64_t torn = std::max(file.synced, kept > kSector ? kept - kSector : 0);
  std::fstream bytes(name, std::ios::binary | std::ios::in | std::ios::out);
  bytes.seekp(static_cast<std::streamoff>(torn));
  for (std::uint64_t i = torn; i < kept; ++i) bytes.put(static_cast<char>(draw(256)));
  if (is_log(name)) ++loss.torn_logs;
}

PowerLoss Unsynced::lose(const Draw& draw) {
  const std::lock_guard lock(mutex_);
  PowerLoss loss;
  for (const auto& [name, file] : files_) {
    if (fs::exists(name)) lose_end_of(name, file, draw, loss);
  }
  for (const auto& [name, before] : overwritten_) {
    if (fs::exists(name) && draw(2) == 0) write(name, before);
  }
  const std::size_t kept = draw(names_.size() + 1);
  loss.names = names_.size() - kept;
  for (; names_.size() > kept; names_.pop_back()) undo(names_.back());
  files_.clear();
  overwritten_.clear();
  names_.clear();
  return loss;
}

}  // namespace onerun::test
