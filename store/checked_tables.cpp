#include "store/checked_tables.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace onerun::store {
namespace {

using rocksdb::FSRandomAccessFile;
using rocksdb::IODebugContext;
using rocksdb::IOStatus;

// A footer: the kind of checksum, two handles padded to 40 bytes, a version and a magic number.
constexpr std::size_t kFooterBytes = 53;
constexpr std::string_view kMagic = "\xf7\xcf\xf4\x85\xb7\x41\xe2\x88";
constexpr std::string_view kProperties = "rocksdb.properties";
/// More than the list of a table's special blocks has: some hundred bytes.
constexpr std::uint64_t kMostListBytes = std::uint64_t{1} << 16;
constexpr std::size_t kRestartsBytes = 4;

/// Where a block lies, without its trailer.
struct Handle {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// A number of 7 bits a byte, the lowest first.
bool take_varint(std::string_view& bytes, std::uint64_t& number) {
  number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

std::optional<Handle> take_handle(std::string_view bytes) {
  Handle handle;
  if (!take_varint(bytes, handle.offset) || !take_varint(bytes, handle.size)) return std::nullopt;
  return handle;
}

/// The handle of the properties in the list of a table's special blocks, whose keys stand in full.
std::optional<Handle> properties_in(std::string_view list) {
  std::uint64_t shared = 0;
  std::uint64_t key_bytes = 0;
  std::uint64_t value_bytes = 0;
  while (take_varint(list, shared) && take_varint(list, key_bytes) &&
         take_varint(list, value_bytes)) {
    if (shared != 0 || key_bytes > list.size() || value_bytes > list.size() - key_bytes) break;
    const std::string_view key = list.substr(0, key_bytes);
    if (key == kProperties) return take_handle(list.substr(key_bytes, value_bytes));
    list.remove_prefix(key_bytes + value_bytes);
  }
  return std::nullopt;
}

/// A table of that size. All that is not as it should be is left to RocksDB, which says so, except
/// for what would end the process.
class Table {
 public:
  Table(const FSRandomAccessFile& file, std::uint64_t size) : file_(file), size_(size) {}

  bool would_end_the_process() const {
    const auto list = special_blocks();
    const auto properties = list ? properties_in(*list) : std::nullopt;
    if (!properties || properties->size < kRestartsBytes) return false;
    const auto restarts =
        read(properties->offset + properties->size - kRestartsBytes, kRestartsBytes);
    return restarts && (static_cast<unsigned char>(restarts->back()) & 0x80U) != 0;
  }

 private:
  std::optional<std::string> special_blocks() const {
    if (size_ < kFooterBytes) return std::nullopt;
    const auto footer = read(size_ - kFooterBytes, kFooterBytes);
    if (!footer || !footer->ends_with(kMagic)) return std::nullopt;
    const auto handle = take_handle(std::string_view(*footer).substr(1));
    if (!handle || handle->size > kMostListBytes) return std::nullopt;
    return read(handle->offset, handle->size);
  }

  std::optional<std::string> read(std::uint64_t offset, std::size_t size) const {
    if (offset > size_ || size > size_ - offset) return std::nullopt;
    std::string bytes(size, '\0');
    rocksdb::Slice got;
    const IOStatus status =
        file_.Read(offset, size, rocksdb::IOOptions(), &got, bytes.data(), nullptr);
    if (!status.ok() || got.size() != size) return std::nullopt;
    return got.ToString();
  }

  const FSRandomAccessFile& file_;
  const std::uint64_t size_;
};

class CheckedTables final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "onerun.CheckedTables"; }

  IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& options,
                               std::unique_ptr<FSRandomAccessFile>* file,
                               IODebugContext* debug) override {
    IOStatus status = target()->NewRandomAccessFile(name, options, file, debug);
    if (!status.ok() || !name.ends_with(".sst")) return status;
    std::uint64_t size = 0;
    status = target()->GetFileSize(name, options.io_options, &size, debug);
    if (status.ok() && Table(**file, size).would_end_the_process()) {
      status = IOStatus::Corruption(name, "the restart count of the properties is damaged");
    }
    if (!status.ok()) file->reset();
    return status;
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> check_tables(std::shared_ptr<rocksdb::FileSystem> files) {
  return std::make_shared<CheckedTables>(std::move(files));
}

}  // namespace onerun::store
