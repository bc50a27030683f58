// How RocksDB puts together the value of a key with appends.
#pragma once

#include <rocksdb/merge_operator.h>

#include <string>

namespace onerun::store {

/// The value of a key with appends is everything that was put and appended, in order.
class AppendOperator final : public rocksdb::MergeOperator {
 public:
  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    out->new_value.clear();
    if (in.existing_value != nullptr) {
      out->new_value.assign(in.existing_value->data(), in.existing_value->size());
    }
    for (const rocksdb::Slice& operand : in.operand_list) {
      out->new_value.append(operand.data(), operand.size());
    }
    return true;
  }

  bool PartialMerge(const rocksdb::Slice&, const rocksdb::Slice& left, const rocksdb::Slice& right,
                    std::string* out, rocksdb::Logger*) const override {
    out->assign(left.data(), left.size());
    out->append(right.data(), right.size());
    return true;
  }

  const char* Name() const override { return "onerun.append"; }
};

}  // namespace onerun::store
