#include "store/rocksdb_errors.hpp"

#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>

#include <regex>
#include <string>
#include <system_error>
#include <utility>

#include "core/text.hpp"
#include "store/checked_tables.hpp"

namespace onerun::store {
namespace {

/// RocksDB says so only in words, in those of the host's locale.
bool says(const std::string& message, std::errc error) {
  return message.find(std::make_error_code(error).message()) != std::string::npos;
}

bool is_exhausted(const rocksdb::Status& error) {
  const std::string text = error.ToString();
  return error.IsNoSpace() || error.IsMemoryLimit() || says(text, std::errc::too_many_files_open) ||
         says(text, std::errc::too_many_files_open_in_system) ||
         says(text, std::errc::not_enough_memory);
}

/// An argument is invalid, as RocksDB has it, also if it could not open the file to look.
bool is_damage(const rocksdb::Status& error) {
  return (error.IsCorruption() || error.IsInvalidArgument() || error.IsPathNotFound()) &&
         !is_exhausted(error);
}

/// What does not say that bytes are wrong.
Status call_error(const rocksdb::Status& error, const std::string& message) {
  if (is_exhausted(error)) return Status(StatusCode::kResourceExhausted, message);
  const bool is_denied = says(message, std::errc::permission_denied);
  return Status(is_denied ? StatusCode::kPermissionDenied : StatusCode::kUnavailable, message);
}

std::string file_name(std::string_view number, const char* extension) {
  return std::string(number.size() < 6 ? 6 - number.size() : 0, '0').append(number) + extension;
}

/// RocksDB's text with its files as they are called in the directory.
std::string without(const std::string& directory, std::string text) {
  for (auto at = text.find(directory); at != std::string::npos; at = text.find(directory, at)) {
    text.erase(at, directory.size());
  }
  return text;
}

/// The file that RocksDB's text is about. A table comes first: a text about one ends with the
/// manifest that names it.
std::string file_named_in(const std::string& text) {
  static const std::regex kTable(R"(([0-9]+)\.(sst|ldb)\b)");  // .ldb: tried after .sst
  static const std::regex kManifest("MANIFEST-[0-9]+");
  static const std::regex kLog("log number: ([0-9]+)");
  std::smatch found;
  if (std::regex_search(text, found, kTable)) return file_name(found.str(1), ".sst");
  if (std::regex_search(text, found, kManifest)) return found.str();
  if (std::regex_search(text, found, kLog)) return file_name(found.str(1), ".log");
  if (text.find("CURRENT") != std::string::npos) return "CURRENT";
  if (text.find("Column family not found") != std::string::npos) return "MANIFEST";
  if (text.find("WAL") != std::string::npos) return "log";
  return "store";
}

/// The first table that can't be opened; empty if none is like that.
std::string broken_table_in(const std::filesystem::path& directory) {
  std::error_code error;
  std::string broken;
  const auto env = rocksdb::NewCompositeEnv(check_tables(rocksdb::FileSystem::Default()));
  rocksdb::Options options;
  options.env = env.get();
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.ends_with(".sst") || (!broken.empty() && broken < name)) continue;
    rocksdb::SstFileReader reader{options};
    if (!reader.Open(at->path().string()).ok()) broken = name;
  }
  return broken;
}

}  // namespace

Status from_rocksdb(const rocksdb::Status& error, std::string_view what) {
  if (error.ok()) return {};
  const std::string text = error.ToString();
  const std::string message = "store: " + std::string(what) + ": " + text;
  if (!is_damage(error)) return call_error(error, message);
  // Often what a merge in the background has read.
  const auto name = text.rfind("/store/");
  const std::string file = file_named_in(name == text.npos ? text : text.substr(name));
  return Status(StatusCode::kDataLoss, message,
                Corruption{.family = file, .key = {}, .reason = text});
}

Status open_error(const rocksdb::Status& error, const std::filesystem::path& database) {
  const std::string text = error.ToString();
  const std::string directory = database.string();
  if (!is_damage(error)) return call_error(error, "can't open " + directory + ": " + text);
  std::string file = file_named_in(without(directory, text));
  // Of a table whose footer or properties are wrong the text names only what leads to it.
  if (file.starts_with("MANIFEST")) {
    if (std::string table = broken_table_in(directory); !table.empty()) file = std::move(table);
  }
  return Status(StatusCode::kDataLoss, "can't open " + directory + ": " + file + ": " + text,
                Corruption{.family = file, .key = {}, .reason = text});
}

Status read_error(const rocksdb::Status& error, Family family, std::string_view key, Read read) {
  const std::string text = error.ToString();
  const std::string message = "family " + std::string(name_of(family)) +
                              (read == Read::kRange ? ", range from key " : ", key ") +
                              core::to_hex(key) + ": " + text;
  if (!error.IsCorruption() || is_exhausted(error)) return call_error(error, message);
  return Status(StatusCode::kDataLoss, message,
                Corruption{std::string(name_of(family)), core::to_hex(key), text});
}

}  // namespace onerun::store
