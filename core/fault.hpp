// What tests build into onerun; every other build has none of it.
//
// Deliberate faults: each is a mistake that somebody could make here one day. The simulator
// switches one on, and must notice (tests/sim).
//
// Kill points: places at which a process is made to die, to see what it leaves (tests/crash).
#pragma once

#ifdef ONERUN_FAULTS

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace onerun::core {

enum class Fault : std::uint8_t {
  kNone,
  kSkipDedup,                 ///< a repeated request is a new one
  kForgetAttached,            ///< an attached request id is not remembered
  kExpireOpenRun,             ///< retention ends open runs too
  kExpireEarly,               ///< a run is gone a millisecond before its retention ends
  kIgnoreStatusRetention,     ///< every closed run has the same retention
  kIgnoreExpectedRunId,       ///< a start goes on although the current run has moved
  kIgnoreLastEvent,           ///< a run ends although an event came that its end does not know
  kCloseTwice,                ///< a closed run is closed again
  kIgnoreCancelRequest,       ///< a cancel request is answered and not remembered
  kTearCommit,                ///< half a transition reaches the store
  kAnswerBeforeDurable,       ///< a refusal leaves before what it rests on is on disk
  kDropSync,                  ///< commits are acknowledged without a sync
  kAcknowledgeFailedCommit,   ///< a failed commit is acknowledged
  kGoOnAfterFailedCommit,     ///< the log does not fence itself
  kForgetEpoch,               ///< a former owner may commit
  kForgetCounts,              ///< the numbers of runs do not change with the runs
  kIgnoreGuards,              ///< what was read may be acted on although it has changed
  kLoseMessageAtPassivation,  ///< an actor is dropped while a request is on its way to it
  kKeepStateOfAnotherId,      ///< an actor that goes over to another id decides for the old one
  kRestartOnStaleHead,        ///< a failed actor reads its head before its changes are on the store
  kForgetReplacedRuns,        ///< a run that was just replaced is looked up in the store
  kSkipRunIdClaim,            ///< a run id that is on its way counts as unused
  kReclaimWrongHead,          ///< reclaiming a run takes the head of a newer one along
  kReclaimEarly,              ///< a run is reclaimed a while before its retention ends
  kLoseWaiter,                ///< a close does not wake those who wait for it
  kForgetPin,                 ///< who waits for the current run's end does not wait for that run
  kRefuseQueuedWait,          ///< who waits for the end of a start in the queue is told of none
  kLoseWatcher,               ///< an event does not wake those who wait for it
  kKeepExpiredInChain,        ///< a chain goes on behind a run whose retention has ended
  kMixBatch,                  ///< the answers to a batch are not in its order
  kIgnoreFailedSync,          ///< the log goes on behind a sync that failed
  kKeepRunsOfDeleted,         ///< a deleted namespace goes, and its runs stay
  kForgetChainRequests,       ///< a chain forgets what its earlier runs have answered
  kLoseSuccessor,             ///< a run that is continued or retried is only closed
  kLoseSignal,                ///< a signal is answered and not kept
  kRepeatSignal,              ///< a repeated signal is a new one
  kLoseTimer,                 ///< a deadline is not kept
  kForgetPause,               ///< a pause is answered and not kept
  kForgetQueue,               ///< a start that waits has no turn
  kForgetReset,               ///< a reset that is repeated is a new one
  kForgetLink,                ///< a run that is gone takes the way to older ones along
  kUndeleteNamespace,         ///< the deletion of a namespace is acknowledged and not kept
  kLoseIndexEntry,            ///< a run that starts is not listed
  kKeepIndexEntry,            ///< a run that ends or goes is listed on
};

/// Names as the simulator's option takes them.
inline constexpr std::array<std::pair<Fault, std::string_view>, 44> kFaults{{
    {Fault::kSkipDedup, "skip_dedup"},
    {Fault::kForgetAttached, "forget_attached"},
    {Fault::kExpireOpenRun, "expire_open_run"},
    {Fault::kExpireEarly, "expire_early"},
    {Fault::kIgnoreStatusRetention, "ignore_status_retention"},
    {Fault::kIgnoreExpectedRunId, "ignore_expected_run_id"},
    {Fault::kIgnoreLastEvent, "ignore_last_event"},
    {Fault::kCloseTwice, "close_twice"},
    {Fault::kIgnoreCancelRequest, "ignore_cancel_request"},
    {Fault::kTearCommit, "tear_commit"},
    {Fault::kAnswerBeforeDurable, "answer_before_durable"},
    {Fault::kDropSync, "drop_sync"},
    {Fault::kAcknowledgeFailedCommit, "acknowledge_failed_commit"},
    {Fault::kGoOnAfterFailedCommit, "go_on_after_failed_commit"},
    {Fault::kForgetEpoch, "forget_epoch"},
    {Fault::kForgetCounts, "forget_counts"},
    {Fault::kIgnoreGuards, "ignore_guards"},
    {Fault::kLoseMessageAtPassivation, "lose_message_at_passivation"},
    {Fault::kKeepStateOfAnotherId, "keep_state_of_another_id"},
    {Fault::kRestartOnStaleHead, "restart_on_stale_head"},
    {Fault::kForgetReplacedRuns, "forget_replaced_runs"},
    {Fault::kSkipRunIdClaim, "skip_run_id_claim"},
    {Fault::kReclaimWrongHead, "reclaim_wrong_head"},
    {Fault::kReclaimEarly, "reclaim_early"},
    {Fault::kLoseWaiter, "lose_waiter"},
    {Fault::kForgetPin, "forget_pin"},
    {Fault::kRefuseQueuedWait, "refuse_queued_wait"},
    {Fault::kLoseWatcher, "lose_watcher"},
    {Fault::kKeepExpiredInChain, "keep_expired_in_chain"},
    {Fault::kMixBatch, "mix_batch"},
    {Fault::kIgnoreFailedSync, "ignore_failed_sync"},
    {Fault::kKeepRunsOfDeleted, "keep_runs_of_deleted"},
    {Fault::kForgetChainRequests, "forget_chain_requests"},
    {Fault::kLoseSuccessor, "lose_successor"},
    {Fault::kLoseSignal, "lose_signal"},
    {Fault::kRepeatSignal, "repeat_signal"},
    {Fault::kLoseTimer, "lose_timer"},
    {Fault::kForgetPause, "forget_pause"},
    {Fault::kForgetQueue, "forget_queue"},
    {Fault::kForgetReset, "forget_reset"},
    {Fault::kForgetLink, "forget_link"},
    {Fault::kUndeleteNamespace, "undelete_namespace"},
    {Fault::kLoseIndexEntry, "lose_index_entry"},
    {Fault::kKeepIndexEntry, "keep_index_entry"},
}};

/// The one that is on. Set before anything runs.
inline Fault active_fault = Fault::kNone;

enum class KillPoint : std::uint8_t {
  kAfterSync,          ///< a commit is durable, and nobody has an answer
  kRecovering,         ///< a store is being opened
  kUpgrading,          ///< a directory of an older format is being upgraded
  kReclaiming,         ///< a page of expired runs is being removed
  kDeletingNamespace,  ///< a page of a deleted namespace is being removed
};

/// Names as the crash harness gives them.
inline constexpr std::array<std::pair<KillPoint, std::string_view>, 5> kKillPoints{{
    {KillPoint::kAfterSync, "after_sync"},
    {KillPoint::kRecovering, "recovering"},
    {KillPoint::kUpgrading, "upgrading"},
    {KillPoint::kReclaiming, "reclaiming"},
    {KillPoint::kDeletingNamespace, "deleting_namespace"},
}};

/// Called at each of them. Set before anything runs.
inline void (*at_kill_point)(KillPoint) = [](KillPoint) {};

}  // namespace onerun::core

#define ONERUN_FAULT(fault) (::onerun::core::active_fault == ::onerun::core::Fault::fault)
#define ONERUN_KILL_POINT(point) ::onerun::core::at_kill_point(::onerun::core::KillPoint::point)

#else

#define ONERUN_FAULT(fault) false
#define ONERUN_KILL_POINT(point) static_cast<void>(0)

#endif
