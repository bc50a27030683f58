// The text of a filter as a row of tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace onerun::core {

struct FilterToken {
  enum class Kind : std::uint8_t {
    kName,        ///< of a field, a search attribute, an operator or a bool
    kQuotedName,  ///< in back-quotes
    kText,        ///< in quotes
    kNumber,      ///< `-5`, `0.25`, `1e6`
    kSign,  ///< an operator of signs, a parenthesis, a comma, or a character that has no meaning
    kBad,   ///< nothing is read behind it
    kEnd,
  };
  Kind kind;
  std::string_view written;  ///< where it stands in the text
  std::string value = {};    ///< what quotes enclose; of kBad, what was expected
};

/// Splits the text, which is UTF-8. The last token is kBad or kEnd.
std::vector<FilterToken> lex_filter(std::string_view text);

/// True if the token is that word, in upper or lower case, or that sign. `word` is in upper case.
bool is_word(const FilterToken& token, std::string_view word);

}  // namespace onerun::core
