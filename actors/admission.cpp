#include "actors/admission.hpp"

#include <numeric>
#include <string>
#include <utility>

namespace onerun::actors {

using metrics::Resource;

namespace {

constexpr std::size_t kUsualTextBytes = 128;

Status exhausted(Resource resource, std::size_t in_use, std::size_t requested, std::size_t limit) {
  // In one piece: whoever is overloaded refuses often.
  std::string text;
  text.reserve(kUsualTextBytes);
  text += "too much under way: ";
  text += name_of(resource);
  text += " is ";
  text += std::to_string(limit);
  text += ", in use are ";
  text += std::to_string(in_use);
  text += ", the request needs ";
  text += std::to_string(requested);
  return Status(StatusCode::kResourceExhausted, std::move(text),
                Exhausted{std::string(name_of(resource)), in_use, requested, limit});
}

}  // namespace

Admission::Admission(Bounds bounds, metrics::Metrics& metrics)
    : bounds_(bounds),
      metrics_(metrics),
      full_(exhausted(Resource::kMaxInFlight, bounds.requests, 1, bounds.requests)) {}

Status Admission::refuse(Resource resource, std::size_t in_use, std::size_t requested,
                         std::size_t limit) {
  metrics_.refused(resource);
  const bool is_usual =
      resource == Resource::kMaxInFlight && in_use == bounds_.requests && requested == 1;
  return is_usual ? full_ : exhausted(resource, in_use, requested, limit);
}

Status shut_down() {
  return Status(StatusCode::kFailedPrecondition, "the runtime was shut down", ShutDown{});
}

Status Admission::take(std::size_t requests, std::size_t bytes) {
  // Taken first and looked at then, so that two that race can't both have the last place; and so
  // that whoever enters is seen by `wait_empty`, or sees that admission is closed.
  const std::size_t requests_before = requests_.fetch_add(requests);
  const std::size_t bytes_before = bytes_.fetch_add(bytes);
  const bool is_closed = closed();
  const bool too_many = requests_before + requests > bounds_.requests;
  const bool too_large = bytes_before + bytes > bounds_.bytes;
  if (!is_closed && !too_many && !too_large) return {};
  give_back(requests, bytes);
  if (is_closed) return shut_down();
  return too_many ? refuse(Resource::kMaxInFlight, requests_before, requests, bounds_.requests)
                  : refuse(Resource::kMaxInFlightBytes, bytes_before, bytes, bounds_.bytes);
}

void Admission::give_back(std::size_t requests, std::size_t bytes) {
  bytes_.fetch_sub(bytes);
  if (requests_.fetch_sub(requests) == requests) notify_if_closed();
}

void Admission::end_visit() {
  if (visits_.fetch_sub(1) == 1) notify_if_closed();
}

void Admission::notify_if_closed() {
  if (!closed()) return;
  const std::lock_guard lock(mutex_);
  empty_.notify_all();
}

Result<Admission::Slot> Admission::enter_unbounded() {
  requests_.fetch_add(1);
  if (!closed()) return Slot(this, 0);
  give_back(1, 0);
  return shut_down();
}

Result<Admission::Slot> Admission::enter(std::size_t bytes) {
  Status status = take(1, bytes);
  if (!status.ok()) return status;
  return Slot(this, bytes);
}

Result<std::vector<Admission::Slot>> Admission::enter_all(const std::vector<std::size_t>& bytes) {
  std::vector<Slot> slots;
  slots.reserve(bytes.size());  // what is taken is given back by the slots, so these come first
  Status status = take(bytes.size(), std::accumulate(bytes.begin(), bytes.end(), std::size_t{0}));
  if (!status.ok()) return status;
  for (const std::size_t size : bytes) slots.push_back(Slot(this, size));
  return slots;
}

bool Admission::wait_empty(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return empty_.wait_until(lock, deadline,
                           [this] { return requests_.load() == 0 && visits_.load() == 0; });
}

}  // namespace onerun::actors
