// Requests that wait their turn at an actor.
#pragma once

#include <utility>

#include "actors/request.hpp"

namespace onerun::actors {

/// First in, first out. To wait takes no memory: requests are chained to each other.
class RequestQueue {
 public:
  RequestQueue() = default;
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;
  ~RequestQueue() {
    while (!empty()) pop_front();  // one by one: a long chain would end each other on the stack
  }

  bool empty() const { return first_ == nullptr; }

  void push_back(RequestPtr request) {
    RequestPtr& end = empty() ? first_ : last_->next;
    last_ = request.get();
    end = std::move(request);
  }

  void push_front(RequestPtr request) {
    if (empty()) last_ = request.get();
    request->next = std::move(first_);
    first_ = std::move(request);
  }

  RequestPtr pop_front() {
    RequestPtr request = std::move(first_);
    first_ = std::move(request->next);
    return request;
  }

 private:
  RequestPtr first_;
  Request* last_ = nullptr;  ///< if there is a first
};

}  // namespace onerun::actors
