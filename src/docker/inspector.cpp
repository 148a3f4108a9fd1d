#include <docker/inspector.hpp>

#include <utility>

namespace itsup::docker {

using runtime::Task;

Inspector::Inspector(Engine& engine, base::Logger& log, runtime::TaskGroup& tasks, Target& target,
                     std::size_t at_once)
    : engine_(engine), log_(log), tasks_(tasks), target_(target), at_once_(at_once) {}

void Inspector::ask(EngineEvent event) {
    const auto id = event.container;
    auto& entry = entries_[id];
    entry.waiting.push_back(std::move(event));
    // While a question about it is open the events wait: one more question answers all of them.
    if (!entry.queued) {
        entry.queued = true;
        queue_.push_back(id);
        pump();
    }
}

void Inspector::pump() {
    if (working_ < at_once_) {
        ++working_;
        tasks_.spawn("inspect containers", work());
    }
}

Task<> Inspector::work() {
    struct OnExit {
        std::size_t& working;
        ~OnExit() { --working; }
    } on_exit{working_};
    // A burst of events arrives in one read: let all of them come before the question.
    CO_TRY_VOID(co_await runtime::yield_now());
    while (!queue_.empty()) {
        const auto id = std::move(queue_.front());
        queue_.pop_front();
        auto& entry = entries_[id];
        while (!entry.waiting.empty()) {
            entry.asked = std::exchange(entry.waiting, {});
            auto done = co_await runtime::catching(inspect(id));
            if (done.has_error()) {
                // The session ends for the same reason and a new list follows.
                entry.waiting.clear();
                entry.asked.clear();
            }
        }
        entry.queued = false;
        finish(id);
    }
    co_return base::Result<>{};
}

Task<> Inspector::now(std::string id) {
    entries_[id];
    auto done = co_await runtime::catching(inspect(id));
    finish(id);
    co_return done;
}

Task<> Inspector::inspect(std::string id) {
    const auto ticket = ++tickets_;
    ++entries_[id].running;
    auto found = co_await runtime::catching(engine_.inspect_container(id));
    auto& entry = entries_[id];
    --entry.running;
    if (found.has_error() && found.error().kind != base::ErrorKind::not_found) {
        log_.debug("cannot inspect a container",
                   {{"container", id}, {"error", found.error().message}});
        co_return std::move(found).error();
    }
    if (ticket < entry.applied) {
        co_return base::Result<>{};
    }
    entry.applied = ticket;
    const auto events = std::exchange(entry.asked, {});
    if (found.has_error()) {
        target_.on_missing(id, events);
    } else {
        target_.on_inspected(std::move(found->container), events);
    }
    co_return base::Result<>{};
}

std::vector<EngineEvent> Inspector::forget(const std::string& id) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) {
        return {};
    }
    found->second.applied = ++tickets_;
    auto events = std::exchange(found->second.asked, {});
    for (auto& event : std::exchange(found->second.waiting, {})) {
        events.push_back(std::move(event));
    }
    return events;
}

void Inspector::finish(const std::string& id) {
    const auto found = entries_.find(id);
    if (found != entries_.end() && !found->second.queued && found->second.running == 0 &&
        found->second.waiting.empty()) {
        entries_.erase(found);
    }
}

}  // namespace itsup::docker
