// How every call that only reads is answered.
#pragma once

#include <utility>

#include "core/validate.hpp"
#include "runtime/engine.hpp"
#include "runtime/without_exceptions.hpp"

namespace onerun::runtime {

/// Reads what is durable, on the calling thread: `read(entry, now)`.
template <class Answer, class Read>
Future<Answer> Engine::read(const NamespaceName& name, metrics::Operation operation,
                            const Status& valid, const Read& read) {
  return without_exceptions<Future<Answer>>([&] {
    const auto received = Steady::now();
    Status acceptable = core::validate(name);
    if (acceptable.ok()) acceptable = valid;
    if (!acceptable.ok()) return refuse<Answer>(operation, acceptable);
    auto admitted = admit(name, core::NamespaceUse::kOther);
    if (!admitted.ok()) return refuse<Answer>(operation, admitted.status());
    Answer answer = read(*admitted->name_space, options_.clock->now());
    metrics_.answered(operation, answer.code(), Steady::now() - received);
    return Future<Answer>(std::move(answer));
  });
}

}  // namespace onerun::runtime
