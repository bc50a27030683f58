// A look at everything that a runtime tells, which must agree.
#pragma once

#include "runtime/engine.hpp"
#include "tests/sim/checker.hpp"

namespace onerun::test {

/// The list of a namespace has what can be described, and nothing else, and says the same of it.
/// What does not agree, or with the model, is complained of to the checker.
void look_at_list(runtime::Engine& engine, const NamespaceName& name_space, std::size_t page_size,
                  sim::Checker& checker);

}  // namespace onerun::test
