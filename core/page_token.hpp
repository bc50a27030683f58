// The token of a page: where the next one begins, and of what. It is not kept anywhere.
#pragma once

#include <string>
#include <string_view>

#include "core/workflow_state.hpp"
#include "onerun/ids.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// Where a page has ended.
struct PageEnd {
  std::string place;  ///< of the last run that was looked at (core/run_index.hpp)
  RunId resume_at{};  ///< the run from which links are followed on, where they are
};

/// Text of letters and digits, at most limits::kPageTokenBytes.
std::string encode_page_token(NamespaceNumber name_space, std::string_view filter,
                              const PageEnd& end);

/// Errors: invalid_argument, InvalidField: no token, a mangled one, or one of another filter or
/// namespace.
Result<PageEnd> decode_page_token(NamespaceNumber name_space, std::string_view filter,
                                  std::string_view token);

}  // namespace onerun::core
