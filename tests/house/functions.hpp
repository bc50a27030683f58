// The functions of a source file and their lengths, as the formatted text tells them.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace onerun::house {

struct Function {
  std::string opening;  ///< the line that opens its body
  int line;             ///< of that, from 1
  int lines;            ///< from the opening to the closing line
};

/// True for a line that opens the body of a function; control flow, types and lambdas are none.
inline bool opens_function(std::string_view text) {
  if (!text.ends_with("{") || text.find(')') == text.npos) return false;
  const std::string_view code = text.substr(text.find_first_not_of(' '));
  constexpr std::array kOthers = std::to_array<std::string_view>(
      {"if ", "for ", "while ", "switch ", "}", "do ", "try ", "catch ", "else", "namespace",
       "class ", "struct ", "return", "case ", "using "});
  for (const std::string_view other : kOthers) {
    if (code.starts_with(other)) return false;
  }
  const bool is_lambda = code.find("[") != code.npos && code.find("](") != code.npos;
  const bool is_capture = code.ends_with("] {") || code.find("[&]") != code.npos ||
                          code.find("[this") != code.npos || code.find("[=]") != code.npos;
  // A body follows the parameters, or what is said of them: `) {`, `) const override {`.
  const std::string_view behind = code.substr(code.rfind(')') + 1);
  const bool is_value = behind.find('=') != behind.npos || behind.find(',') != behind.npos;
  return !is_lambda && !is_capture && !is_value;
}

/// True for a line that a declaration does not go on behind.
inline bool ends_before(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == text.npos || text.substr(first).starts_with("//") || text[first] == '#') return true;
  return text.ends_with(";") || text.ends_with("{") || text.ends_with("}") || text.ends_with(":");
}

/// The column in which the declaration begins that ends with that line.
inline std::size_t column_of_declaration(const std::vector<std::string>& lines, std::size_t at) {
  while (at > 0 && !ends_before(lines[at - 1])) --at;
  return lines[at].find_first_not_of(' ');
}

/// Functions whose bodies are not inside of another one's.
inline std::vector<Function> functions_in(const std::vector<std::string>& lines) {
  std::vector<Function> found;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (!opens_function(lines[at])) continue;
    const std::string closing = std::string(column_of_declaration(lines, at), ' ') + "}";
    std::size_t end = at + 1;
    while (end < lines.size() && lines[end] != closing && lines[end] != closing + ";") ++end;
    found.push_back({lines[at], static_cast<int>(at + 1), static_cast<int>(end - at + 1)});
    at = end;
  }
  return found;
}

}  // namespace onerun::house
