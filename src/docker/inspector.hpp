#pragma once

#include <base/log.hpp>
#include <docker/engine.hpp>
#include <runtime/task_group.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace itsup::docker {

/// Asks the engine about containers of which an event spoke: a few at once, one question per
/// container however many events wait for it, and never lets an older answer win over a newer one.
class Inspector {
  public:
    class Target {
      public:
        virtual ~Target() = default;
        /// What was found, and the events that asked for it in their order.
        virtual void on_inspected(model::Container container,
                                  const std::vector<EngineEvent>& events) = 0;
        virtual void on_missing(const std::string& id, const std::vector<EngineEvent>& events) = 0;
    };

    /// `tasks` runs the questions; all references must outlive it.
    Inspector(Engine& engine, base::Logger& log, runtime::TaskGroup& tasks, Target& target,
              std::size_t at_once);

    void ask(EngineEvent event);
    /// Asks and waits for the answer.
    runtime::Task<> now(std::string id);
    /// The container was destroyed: answers that are still under way do not count. Gives the events
    /// that still waited for one.
    std::vector<EngineEvent> forget(const std::string& id);

  private:
    struct Entry {
        std::vector<EngineEvent> waiting;
        /// Those that the open question will answer.
        std::vector<EngineEvent> asked;
        std::uint64_t applied = 0;
        int running = 0;
        bool queued = false;
    };

    void pump();
    runtime::Task<> work();
    runtime::Task<> inspect(std::string id);
    void finish(const std::string& id);

    Engine& engine_;
    base::Logger& log_;
    runtime::TaskGroup& tasks_;
    Target& target_;
    std::size_t at_once_;
    std::size_t working_ = 0;
    std::uint64_t tickets_ = 0;
    std::deque<std::string> queue_;
    // Only containers with a question open or waiting.
    std::map<std::string, Entry> entries_;
};

}  // namespace itsup::docker
