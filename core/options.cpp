// Names of options.
#include "onerun/options.hpp"

#include "core/names.hpp"

namespace onerun {
namespace {

using core::name_of;
using core::NameTable;
using core::value_of;

constexpr NameTable<StoreKind, 2> kStoreKinds{{
    {StoreKind::kRocksDb, "rocksdb"},
    {StoreKind::kMemory, "memory"},
}};

constexpr NameTable<Durability, 3> kDurabilities{{
    {Durability::kSync, "sync"},
    {Durability::kAsync, "async"},
    {Durability::kMemory, "memory"},
}};

}  // namespace

std::string_view to_string(StoreKind store) { return name_of(kStoreKinds, store); }
std::string_view to_string(Durability durability) { return name_of(kDurabilities, durability); }

std::optional<StoreKind> store_kind_from(std::string_view name) {
  return value_of(kStoreKinds, name);
}

std::optional<Durability> durability_from(std::string_view name) {
  return value_of(kDurabilities, name);
}

}  // namespace onerun
