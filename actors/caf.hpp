// The facade over the C++ Actor Framework: all of CAF that onerun uses goes through here, so that a
// change of its dialect (0.17 here, 1.x elsewhere) is a change of this file.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/logger.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message_id.hpp>
#include <caf/message_view.hpp>
#include <caf/result.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <new>
#include <thread>
#include <utility>

#include "actors/scheduler.hpp"

namespace onerun::actors::caf_facade {

using Actor = ::caf::actor;
using Behavior = ::caf::behavior;
using System = ::caf::actor_system;
using SystemConfig = ::caf::actor_system_config;
using ActorConfig = ::caf::actor_config;

/// What actors derive from: an actor without timeouts of CAF's own.
class ActorBase : public ::caf::event_based_actor {
 public:
  using ::caf::event_based_actor::event_based_actor;

  /// CAF tells the thread of its clock about every actor that ends, through a ring of 64 slots that
  /// blocks when it is full. An actor that never set a timeout has nothing to tell.
  bool cleanup(::caf::error&& reason, ::caf::execution_unit* host) override {
    if (!mailbox().closed()) mailbox().close();
    unregister_from_system();
    // NOLINTNEXTLINE(bugprone-parent-virtual-call): the parent is what is left out
    return ::caf::monitorable_actor::cleanup(std::move(reason), host);
  }

  /// Takes a message from outside. If there is no memory for it, throws and has not taken it. Once
  /// it is in the mailbox the actor must be scheduled, or it would never read a message again: that
  /// takes a few bytes, and is tried until there is memory for them.
  void accept(::caf::mailbox_element_ptr message) {
    const auto result = mailbox().push_back(std::move(message));
    if (result != ::caf::intrusive::inbox_result::unblocked_reader) return;
    ::caf::intrusive_ptr_add_ref(ctrl());
    while (!try_schedule()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

 private:
  bool try_schedule() {
    try {
      home_system().scheduler().enqueue(this);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }
};

/// For actors of which there may be a million: a behaviour that all of them share, and that takes
/// no memory in any. Each message goes to `T::receive(Message&)`, which is public for this and runs
/// as the actor; nobody waits for an answer.
template <class T, class... Messages>
Behavior shared_behavior(T& actor) {
  struct Never {};
  // An actor without a behaviour would end; what its behaviour does not match goes to the handler.
  // It is never destroyed: an actor may begin while the process ends.
  static const Behavior& no_match = *new Behavior{[](const Never&) {}};
  actor.set_default_handler(
      [](::caf::scheduled_actor* self, ::caf::message_view& view) -> ::caf::result<::caf::message> {
        ::caf::type_erased_tuple& content = view.content();
        const auto receive = [&]<class Message>() {
          if (!content.match_elements<Message>()) return false;
          static_cast<T*>(self)->receive(content.get_mutable_as<Message>(0));
          return true;
        };
        if ((receive.template operator()<Messages>() || ...)) return ::caf::message();
        return ::caf::print_and_drop(self, view);
      });
  return no_match;
}

/// Messages that an actor may handle before it lets others run.
inline constexpr std::size_t kMaxMessagesARun = 100;

inline void use_threads(SystemConfig& config, std::size_t threads) {
  config.load<Scheduler>();
  config.set("scheduler.max-threads", threads);
  config.set("scheduler.max-throughput", kMaxMessagesARun);
}

/// Throws if the threads of a system with `use_threads` could not be started. The system can only
/// be destroyed then.
inline void check_started(System& system) {
  const auto* scheduler = dynamic_cast<const Scheduler*>(&system.scheduler());
  if (scheduler != nullptr && scheduler->start_error() != nullptr) {
    std::rethrow_exception(scheduler->start_error());
  }
}

/// No threads: the test runs actors one message at a time, and moves their clock.
inline void use_test_coordinator(SystemConfig& config) {
  config.set("scheduler.policy", ::caf::atom("testing"));
}

/// Called after a thread that is not the system's own has made a system or spawned an actor. CAF
/// keeps a reference to the system's logger for such a thread, and the end of the system waits
/// until all are given back: for ever, if another thread ends it.
inline void release_logger_of_this_thread() { ::caf::logger::set_current_actor_system(nullptr); }

/// The scheduler of a system with `use_test_coordinator`.
inline ::caf::scheduler::test_coordinator& test_coordinator(System& system) {
  return dynamic_cast<::caf::scheduler::test_coordinator&>(system.scheduler());
}

/// An actor that the system waits for when it ends. Not called by actors.
template <class T, class... Args>
Actor spawn(System& system, Args&&... args) {
  Actor actor = system.spawn<T>(std::forward<Args>(args)...);
  release_logger_of_this_thread();
  return actor;
}

/// An actor that goes when its last handle does, and runs first when it gets its first message.
template <class T, class... Args>
Actor spawn_owned(ActorBase& parent, Args&&... args) {
  return parent.spawn<T, ::caf::lazy_init + ::caf::hidden>(std::forward<Args>(args)...);
}

/// The object behind a handle. Requires that it is a T, and that the handle lives longer.
template <class T>
T& object_of(const Actor& actor) {
  return *static_cast<T*>(::caf::actor_cast<::caf::abstract_actor*>(actor));
}

/// A message with all the memory that it takes to send it.
using Letter = ::caf::mailbox_element_ptr;

template <class Message>
Letter make_letter(Message message) {
  return ::caf::make_mailbox_element(nullptr, ::caf::make_message_id(), {}, std::move(message));
}

/// Sends from a thread that is not an actor.
inline void post_letter(const Actor& to, Letter letter) {
  object_of<ActorBase>(to).accept(std::move(letter));
}
template <class Message>
void post(const Actor& to, Message message) {
  post_letter(to, make_letter(std::move(message)));
}

/// Sends from an actor.
template <class Message>
void send(ActorBase& from, const Actor& to, Message message) {
  from.send(to, std::move(message));
}

/// Ends an actor that was made with `spawn`.
inline void end(const Actor& actor) {
  ::caf::anon_send_exit(actor, ::caf::exit_reason::user_shutdown);
}

}  // namespace onerun::actors::caf_facade
