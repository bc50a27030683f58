#include "core/filter_lex.hpp"

#include <algorithm>
#include <utility>

namespace onerun::core {
namespace {

using Kind = FilterToken::Kind;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_in_name(char c) { return is_letter(c) || is_digit(c); }
bool is_in_operator(char c) { return std::string_view("=!<>").find(c) != std::string_view::npos; }
bool is_tail_of_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

template <class Predicate>
std::size_t length_while(std::string_view text, std::size_t from, const Predicate& belongs) {
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(from);
  return static_cast<std::size_t>(std::find_if_not(begin, text.end(), belongs) - text.begin());
}

/// Reads what begins with a quote. A quote within is doubled; outside of names, it may have a
/// backslash before it instead.
FilterToken read_quoted(std::string_view text, Kind kind) {
  const char quote = text[0];
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == quote) {
      if (next != quote) return {kind, text.substr(0, i + 1), std::move(value)};
      ++i;
    } else if (text[i] == '\\' && kind == Kind::kText) {
      if (next != '\\' && next != '\'' && next != '"') {
        return {Kind::kBad, text.substr(i, 1), "a quote or a backslash behind a backslash"};
      }
      ++i;
    }
    value += text[i];
  }
  return {Kind::kBad, text, std::string("a closing ") + quote};
}

bool equal_but_for_case(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  return std::ranges::equal(a, b, {}, upper, upper);
}

/// How long the number is that the text begins with; 0 if it begins with none.
std::size_t length_of_number(std::string_view text) {
  const auto digits = [&](std::size_t from) { return length_while(text, from, is_digit); };
  const auto has = [&](std::size_t at, std::string_view any_of) {
    return at < text.size() && any_of.find(text[at]) != any_of.npos;
  };
  const std::size_t first = has(0, "-") ? 1 : 0;
  std::size_t end = digits(first);
  if (end == first) return 0;
  if (has(end, ".") && digits(end + 1) > end + 1) end = digits(end + 1);
  const std::size_t exponent = end + (has(end + 1, "+-") ? 2 : 1);
  if (has(end, "eE") && digits(exponent) > exponent) end = digits(exponent);
  return end;
}

/// Reads the token that the text begins with. Requires that it does not begin with a blank.
FilterToken read_token(std::string_view text) {
  if (text.empty()) return {Kind::kEnd, text};
  const auto take = [&](Kind kind, std::size_t length) {
    return FilterToken{kind, text.substr(0, length)};
  };
  const char first = text[0];
  if (first == '\'' || first == '"') return read_quoted(text, Kind::kText);
  if (first == '`') return read_quoted(text, Kind::kQuotedName);
  if (is_letter(first)) return take(Kind::kName, length_while(text, 0, is_in_name));
  if (is_in_operator(first)) return take(Kind::kSign, length_while(text, 0, is_in_operator));
  if (const std::size_t length = length_of_number(text); length > 0) {
    return take(Kind::kNumber, length);
  }
  return take(Kind::kSign, length_while(text, 1, is_tail_of_character));
}

}  // namespace

std::vector<FilterToken> lex_filter(std::string_view text) {
  std::vector<FilterToken> tokens;
  do {
    text.remove_prefix(length_while(text, 0, is_blank));
    tokens.push_back(read_token(text));
    if (tokens.back().kind != Kind::kBad) text.remove_prefix(tokens.back().written.size());
  } while (tokens.back().kind != Kind::kEnd && tokens.back().kind != Kind::kBad);
  return tokens;
}

bool is_word(const FilterToken& token, std::string_view word) {
  return (token.kind == Kind::kName || token.kind == Kind::kSign) &&
         equal_but_for_case(token.written, word);
}

}  // namespace onerun::core
