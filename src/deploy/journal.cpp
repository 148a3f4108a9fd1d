#include <deploy/journal.hpp>
#include <store/deployments.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace itsup::deploy {

namespace {

constexpr auto retry_every = std::chrono::seconds{1};
constexpr std::size_t watcher_batch = 256;

}  // namespace

DeploymentJournal::DeploymentJournal(runtime::Executor executor, model::Deployment deployment,
                                     store::Deployments& store, const base::Clock& clock,
                                     base::Logger& log)
    : deployment_(std::move(deployment)),
      store_(store),
      clock_(clock),
      log_(log),
      added_(executor),
      shown_more_(executor) {}

void DeploymentJournal::add(model::DeploymentEvent event) {
    if (ended_) {
        return;
    }
    event.deployment_id = deployment_.id;
    event.seq = static_cast<std::int64_t>(events_.size()) + 1;
    event.time = clock_.now();
    event.state = deployment_.state;
    events_.push_back(std::move(event));
    added_.notify();
}

void DeploymentJournal::set_state(model::DeploymentState state) {
    deployment_.state = state;
    if (state == model::DeploymentState::running && !deployment_.started_at) {
        deployment_.started_at = clock_.now();
    }
    model::DeploymentEvent event;
    event.kind = model::DeploymentEventKind::state;
    add(std::move(event));
}

void DeploymentJournal::put_step(model::DeploymentStep step) {
    const auto found = std::ranges::find(deployment_.steps, step.seq, &model::DeploymentStep::seq);
    if (found != deployment_.steps.end()) {
        *found = step;
    } else {
        deployment_.steps.push_back(step);
    }
    model::DeploymentEvent event;
    event.kind = model::DeploymentEventKind::step;
    event.step_seq = step.seq;
    event.service = step.service;
    event.step = std::move(step);
    add(std::move(event));
}

void DeploymentJournal::add_line(std::int64_t step, std::string service, std::string line) {
    model::DeploymentEvent event;
    event.kind = model::DeploymentEventKind::output;
    event.step_seq = step;
    event.service = std::move(service);
    event.line = std::move(line);
    add(std::move(event));
}

void DeploymentJournal::set_services(std::vector<model::DeploymentService> services) {
    deployment_.services = std::move(services);
}

void DeploymentJournal::set_error(model::DeploymentError error) {
    deployment_.error = std::move(error);
}

void DeploymentJournal::end(model::DeploymentState state) {
    if (ended_) {
        return;
    }
    deployment_.state = state;
    deployment_.finished_at = clock_.now();
    model::DeploymentEvent event;
    event.kind = model::DeploymentEventKind::end;
    add(std::move(event));
    ended_ = true;
}

runtime::Task<std::string> DeploymentJournal::create(std::optional<std::string> key) {
    const auto first = events_;
    CO_TRY(auto id, co_await store_.create(deployment_, first, std::move(key)));
    if (id == deployment_.id) {
        written_ = first.size();
        shown_ = first.size();
        shown_more_.notify();
    }
    co_return id;
}

runtime::Task<> DeploymentJournal::write_batch() {
    const auto until = events_.size();
    std::vector<model::DeploymentEvent> batch(
        events_.begin() + static_cast<std::ptrdiff_t>(written_), events_.end());
    auto written = co_await store_.record(deployment_, std::move(batch));
    if (written.has_error()) {
        if (!store_failed_) {
            log_.error("a deployment's record cannot be written; it is kept in memory",
                       {{"deployment", deployment_.id}, {"error", written.error().message}});
        }
        store_failed_ = true;
    } else {
        store_failed_ = false;
        written_ = until;
    }
    shown_ = std::max(shown_, until);
    shown_more_.notify();
    co_return written;
}

runtime::Task<> DeploymentJournal::write_all(
    std::function<void(const model::Deployment&)> changed) {
    while (true) {
        while (written_ == events_.size()) {
            if (ended_) {
                co_return base::Result<>{};
            }
            CO_TRY_VOID(co_await added_.wait());
        }
        const auto first = std::max(written_, shown_);
        const auto written = co_await write_batch();
        const bool more_than_output = std::any_of(
            events_.begin() + static_cast<std::ptrdiff_t>(first),
            events_.begin() + static_cast<std::ptrdiff_t>(shown_),
            [](const auto& event) { return event.kind != model::DeploymentEventKind::output; });
        if (changed && more_than_output) {
            changed(deployment_);
        }
        if (written.has_error()) {
            CO_TRY_VOID(co_await runtime::sleep_for(retry_every));
        }
    }
}

runtime::Task<> DeploymentJournal::settle() {
    const auto until = events_.size();
    while (written_ < until) {
        CO_TRY_VOID(co_await shown_more_.wait());
    }
    co_return base::Result<>{};
}

std::vector<model::DeploymentEvent> DeploymentJournal::shown_after(std::int64_t after,
                                                                   std::size_t limit) const {
    const auto from = std::min(static_cast<std::size_t>(std::max<std::int64_t>(after, 0)), shown_);
    const auto to = std::min(from + limit, shown_);
    return {events_.begin() + static_cast<std::ptrdiff_t>(from),
            events_.begin() + static_cast<std::ptrdiff_t>(to)};
}

bool DeploymentJournal::is_closed() const {
    return ended_ && shown_ == events_.size();
}

runtime::Task<> DeploymentJournal::wait_for_more() {
    return shown_more_.wait();
}

DeploymentWatcher::DeploymentWatcher(std::string id, std::int64_t after,
                                     std::shared_ptr<DeploymentJournal> journal,
                                     store::Deployments& store)
    : id_(std::move(id)), after_(after), journal_(std::move(journal)), store_(store) {}

runtime::Task<std::vector<model::DeploymentEvent>> DeploymentWatcher::next() {
    std::vector<model::DeploymentEvent> events;
    while (!ended_) {
        if (journal_) {
            events = journal_->shown_after(after_, watcher_batch);
        } else {
            CO_TRY(events, co_await store_.events(id_, after_, watcher_batch));
        }
        if (!events.empty()) {
            after_ = events.back().seq;
            ended_ = events.back().kind == model::DeploymentEventKind::end;
            break;
        }
        if (!journal_ || journal_->is_closed()) {
            ended_ = true;
            break;
        }
        CO_TRY_VOID(co_await journal_->wait_for_more());
    }
    co_return events;
}

}  // namespace itsup::deploy
