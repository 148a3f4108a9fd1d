#include <docker/inspector.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace itsup::docker {

using runtime::Task;

namespace {

void keep_newest(std::vector<EngineEvent>& events) {
    if (events.size() > Inspector::waiting_max) {
        events.erase(events.begin(),
                     events.end() - static_cast<std::ptrdiff_t>(Inspector::waiting_max));
    }
}

}  // namespace

Inspector::Inspector(Engine& engine, base::Logger& log, runtime::TaskGroup& tasks, Target& target,
                     Settings settings)
    : engine_(engine), log_(log), tasks_(tasks), target_(target), settings_(settings) {}

void Inspector::ask(EngineEvent event) {
    const auto id = event.container;
    auto& waiting = entries_[id].waiting;
    waiting.push_back(std::move(event));
    keep_newest(waiting);
    enqueue(id);
}

void Inspector::enqueue(const std::string& id) {
    auto& entry = entries_[id];
    // While a question about it is open the events wait: one more question answers all of them.
    if (!entry.queued) {
        entry.queued = true;
        queue_.push_back(id);
        pump();
    }
}

void Inspector::pump() {
    if (working_ < settings_.at_once) {
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
        auto answering = answer(id);
        CO_TRY_VOID(co_await runtime::catching(std::move(answering)));
        entries_[id].queued = false;
        finish(id);
    }
    co_return base::Result<>{};
}

/// All that waits, or none of it for now. Fails only when the watch ends.
Task<> Inspector::answer(std::string id) {
    auto& entry = entries_[id];
    while (!entry.waiting.empty()) {
        entry.asked = std::exchange(entry.waiting, {});
        const auto done = co_await runtime::catching(inspect(id));
        if (done.has_value()) {
            entry.delay = {};
            continue;
        }
        if (done.error().kind == base::ErrorKind::cancelled) {
            co_return done.error();
        }
        // Those that came meanwhile are newer.
        entry.asked.insert(entry.asked.end(), std::make_move_iterator(entry.waiting.begin()),
                           std::make_move_iterator(entry.waiting.end()));
        entry.waiting = std::exchange(entry.asked, {});
        keep_newest(entry.waiting);
        if (!entry.waiting.empty()) {
            rest(id);
        }
        break;
    }
    co_return base::Result<>{};
}

/// The engine may hold one container's lock for a while, or fail once, with nothing else wrong: no
/// new list follows, and perhaps no other event of it.
void Inspector::rest(const std::string& id) {
    auto& entry = entries_[id];
    entry.delay = std::clamp(entry.delay * 2, settings_.again_min, settings_.again_max);
    if (!std::exchange(entry.resting, true)) {
        tasks_.spawn("inspect a container again", ask_again(id, entry.delay));
    }
}

Task<> Inspector::ask_again(std::string id, std::chrono::milliseconds delay) {
    CO_TRY_VOID(co_await runtime::sleep_for(delay));
    entries_[id].resting = false;
    if (entries_[id].waiting.empty()) {
        finish(id);
    } else {
        enqueue(id);
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
    if (found == entries_.end()) {
        return;
    }
    const auto& entry = found->second;
    if (!entry.queued && !entry.resting && entry.running == 0 && entry.waiting.empty()) {
        entries_.erase(found);
    }
}

}  // namespace itsup::docker
