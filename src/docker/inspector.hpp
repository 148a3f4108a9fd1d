#pragma once

#include <base/log.hpp>
#include <docker/engine.hpp>
#include <runtime/task_group.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace itsup::docker {

/// Asks the engine about containers of which an event spoke: a few at once, one question per
/// container however many events wait for it, and never lets an older answer win over a newer one.
/// A question that fails is asked again, later each time: its events are not lost. Of those that
/// wait for one container the oldest go when there are more than `waiting_max`.
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

    static constexpr std::size_t waiting_max = 256;

    struct Settings {
        std::size_t at_once = 8;
        /// Before a question that failed is asked again, and the most that this grows to.
        std::chrono::milliseconds again_min{250};
        std::chrono::milliseconds again_max{15'000};
    };

    /// `tasks` runs the questions; all references must outlive it.
    Inspector(Engine& engine, base::Logger& log, runtime::TaskGroup& tasks, Target& target,
              Settings settings);

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
        /// Asked again when its time has come, or when another event comes.
        bool resting = false;
        std::chrono::milliseconds delay{0};
    };

    void enqueue(const std::string& id);
    void pump();
    runtime::Task<> work();
    runtime::Task<> answer(std::string id);
    void rest(const std::string& id);
    runtime::Task<> ask_again(std::string id, std::chrono::milliseconds delay);
    runtime::Task<> inspect(std::string id);
    void finish(const std::string& id);

    Engine& engine_;
    base::Logger& log_;
    runtime::TaskGroup& tasks_;
    Target& target_;
    Settings settings_;
    std::size_t working_ = 0;
    std::uint64_t tickets_ = 0;
    std::deque<std::string> queue_;
    // Only containers with a question open, waiting or to be asked again.
    std::map<std::string, Entry> entries_;
};

}  // namespace itsup::docker
