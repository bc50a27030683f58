#include "core/search_attributes.hpp"

#include "core/names.hpp"

namespace onerun::core {
namespace {

using Type = SearchAttributeType;

constexpr NameTable<Type, 7> kNames{{{Type::kText, "Text"},
                                     {Type::kKeyword, "Keyword"},
                                     {Type::kInt, "Int"},
                                     {Type::kDouble, "Double"},
                                     {Type::kBool, "Bool"},
                                     {Type::kDatetime, "Datetime"},
                                     {Type::kKeywordList, "KeywordList"}}};

struct TypeOf {
  Type operator()(const Keyword&) const { return Type::kKeyword; }
  Type operator()(const KeywordList&) const { return Type::kKeywordList; }
  Type operator()(const Text&) const { return Type::kText; }
  Type operator()(std::int64_t) const { return Type::kInt; }
  Type operator()(double) const { return Type::kDouble; }
  Type operator()(bool) const { return Type::kBool; }
  Type operator()(Timestamp) const { return Type::kDatetime; }
};

}  // namespace

SearchAttributeType type_of(const SearchAttribute& value) { return std::visit(TypeOf{}, value); }

std::string_view to_string(SearchAttributeType type) { return name_of(kNames, type); }

}  // namespace onerun::core
