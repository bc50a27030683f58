// Facts from a store in this process, which answers in place.
#pragma once

#include "actors/fact_loader.hpp"
#include "actors/run_reader.hpp"

namespace onerun::actors {

class StoreLoader final : public FactLoader {
 public:
  explicit StoreLoader(const RunReader& reader) : reader_(reader) {}

  std::optional<Answer> load_now(const Question& question) const override { return load(question); }
  void load_later(Question question, std::function<void(Answer)> done) const override {
    done(load(question));
  }

 private:
  Answer load(const Question& question) const;
  Status load_other_run(const Question& question, core::Known& known) const;
  Status load_queued_start(const Question& question, core::Known& known) const;
  Status load_current_run(const Question& question, core::Known& known) const;
  Status load_signals(const Question& question, core::Known& known) const;
  Status load_reset(const Question& question, core::Known& known) const;

  const RunReader& reader_;
};

}  // namespace onerun::actors
