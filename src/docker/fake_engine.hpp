#pragma once
// For tests of every floor above: an engine in memory that a test turns by hand. It does what it is
// told at once, sends the events that the real one sends, and fails when it is asked to.

#include <docker/engine.hpp>
#include <runtime/notifier.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::docker {

class FakeEngine final : public Engine {
  public:
    explicit FakeEngine(runtime::Executor executor, base::Timestamp start = default_start)
        : shared_(std::make_shared<Shared>(executor)), now_(start) {}

    static constexpr base::Timestamp default_start{std::chrono::seconds(1'755'000'000)};

    // --- what a test does ---

    /// Adds or replaces a container without an event.
    void put(ContainerDetails details) {
        auto id = details.container.id;
        containers_[id] = std::move(details);
    }
    /// A running container of a compose project; `id` is also its name.
    ContainerDetails& add(std::string id, std::string project, std::string service,
                          int number = 1) {
        ContainerDetails details;
        auto& container = details.container;
        container.id = id;
        container.name = id;
        container.project = std::move(project);
        container.service = std::move(service);
        container.number = number;
        container.state = model::ContainerState::running;
        container.started_at = now_;
        container.created_at = now_;
        return containers_[id] = std::move(details);
    }
    [[nodiscard]] ContainerDetails* find(const std::string& id) {
        const auto found = containers_.find(id);
        return found == containers_.end() ? nullptr : &found->second;
    }
    /// Sends an event; it does not change the container.
    void emit(std::string action, std::string id, std::string detail = {}) {
        now_ += std::chrono::milliseconds(1);
        auto attributes = attributes_of(id);
        shared_->events.push_back(
            {std::move(action), std::move(detail), std::move(id), now_, std::move(attributes)});
        shared_->changed.notify();
    }
    void set_state(const std::string& id, model::ContainerState state, std::string action) {
        auto& container = containers_.at(id).container;
        container.state = state;
        if (container.is_running()) {
            container.started_at = now_;
            container.exit_code.reset();
        } else {
            container.finished_at = now_;
            container.exit_code = container.exit_code.value_or(0);
        }
        emit(std::move(action), id);
    }
    void set_health(const std::string& id, model::Health health) {
        containers_.at(id).container.health = health;
        emit("health_status", id, std::string(model::to_string(health)));
    }
    /// As when somebody else removes it.
    void destroy(const std::string& id) {
        containers_.erase(id);
        emit("destroy", id);
    }
    /// Every open stream breaks and every call fails until come_back().
    void go_away(std::string reason = "the Docker engine does not answer") {
        away_ = base::make_error(base::ErrorKind::unavailable, std::move(reason));
        shared_->broken = away_;
        shared_->changed.notify();
        auto fresh = std::make_shared<Shared>(shared_->changed_executor);
        fresh->logs = shared_->logs;
        shared_ = std::move(fresh);
    }
    void come_back() { away_.reset(); }
    /// Asked before each call with its name (`start_container`) and its object; an Error fails it.
    std::function<std::optional<base::Error>(std::string_view call, std::string_view object)> fault;
    /// Every call as `name object`, in order.
    std::vector<std::string> calls;
    [[nodiscard]] std::size_t count(std::string_view call) const {
        return static_cast<std::size_t>(std::count(calls.begin(), calls.end(), std::string(call)));
    }
    std::map<std::string, ImageDetails> images;
    std::map<std::string, NetworkDetails> networks;

    /// One line (without its end) of a container's log, a millisecond after the one before.
    void log(const std::string& id, std::string_view text, int kind = 1) {
        now_ += std::chrono::milliseconds(1);
        log_at(id, now_, text, kind);
    }
    void log_at(const std::string& id, base::Timestamp time, std::string_view text, int kind = 1) {
        const auto payload = base::format_rfc3339_nanos(time) + " " + std::string(text) + "\n";
        const auto size = static_cast<std::uint32_t>(payload.size());
        std::string frame{static_cast<char>(kind), 0, 0, 0};
        for (const unsigned shift : {24U, 16U, 8U, 0U}) {
            frame += static_cast<char>((size >> shift) & 0xFFU);
        }
        shared_->logs[id].push_back({time, frame + payload});
        shared_->changed.notify();
    }
    /// Streams that follow this log now give nothing more until their end, as the engine's do whose
    /// file was cut under them; those opened later do.
    void hang_followers(const std::string& id) { ++shared_->hangs[id]; }
    /// Streams that do not follow give nothing while this is so.
    void hold_history(bool held) {
        shared_->history_held = held;
        shared_->changed.notify();
    }
    void push_stats(const std::string& id, StatsSample sample) {
        shared_->stats[id].push_back(sample);
        shared_->changed.notify();
    }
    [[nodiscard]] base::Timestamp now() const { return now_; }
    /// Streams that are open now.
    [[nodiscard]] int open_log_streams() const { return shared_->open_logs; }
    [[nodiscard]] int open_stats_streams() const { return shared_->open_stats; }

    // --- Engine ---

    Task<> ping() override { co_return check("ping", ""); }
    Task<EngineVersion> version() override {
        CO_TRY_VOID(check("version", ""));
        co_return EngineVersion{"26.1.5", "1.44", "linux", "amd64"};
    }
    Task<std::vector<model::Container>> list_containers(ContainerQuery query) override {
        CO_TRY_VOID(check("list_containers", query.project));
        std::vector<model::Container> out;
        for (const auto& [id, details] : containers_) {
            if ((query.all || details.container.is_running()) &&
                (query.project.empty() || details.container.project == query.project)) {
                out.push_back(details.container);
            }
        }
        co_return out;
    }
    Task<ContainerDetails> inspect_container(std::string id) override {
        CO_TRY_VOID(check("inspect_container", id));
        CO_TRY(auto* details, must_find(id));
        co_return *details;
    }
    Task<> start_container(std::string id) override {
        CO_TRY_VOID(check("start_container", id));
        CO_TRY(auto* details, must_find(id));
        if (!details->container.is_running()) {
            set_state(id, model::ContainerState::running, "start");
        }
        co_return base::Result<>{};
    }
    Task<> stop_container(std::string id, std::optional<std::chrono::seconds>) override {
        CO_TRY_VOID(check("stop_container", id));
        CO_TRY(auto* details, must_find(id));
        if (details->container.is_running()) {
            emit("kill", id, "15");
            set_state(id, model::ContainerState::exited, "die");
            emit("stop", id);
        }
        co_return base::Result<>{};
    }
    Task<> restart_container(std::string id, std::optional<std::chrono::seconds>) override {
        CO_TRY_VOID(check("restart_container", id));
        CO_TRY_VOID(must_find(id));
        set_state(id, model::ContainerState::exited, "die");
        set_state(id, model::ContainerState::running, "start");
        emit("restart", id);
        co_return base::Result<>{};
    }
    Task<> kill_container(std::string id, std::string signal) override {
        CO_TRY_VOID(check("kill_container", id));
        CO_TRY_VOID(must_find(id));
        emit("kill", id, std::move(signal));
        co_return base::Result<>{};
    }
    Task<> remove_container(std::string id, Force force, RemoveVolumes) override {
        CO_TRY_VOID(check("remove_container", id));
        CO_TRY(auto* details, must_find(id));
        if (details->container.is_running() && force == Force::no) {
            co_return base::make_error(base::ErrorKind::conflict, "the container is running");
        }
        destroy(id);
        co_return base::Result<>{};
    }
    Task<ImageDetails> inspect_image(std::string reference) override {
        CO_TRY_VOID(check("inspect_image", reference));
        const auto found = images.find(reference);
        if (found == images.end()) {
            co_return base::make_error(base::ErrorKind::not_found, "No such image: " + reference);
        }
        co_return found->second;
    }
    Task<NetworkDetails> inspect_network(std::string name) override {
        CO_TRY_VOID(check("inspect_network", name));
        const auto found = networks.find(name);
        if (found == networks.end()) {
            co_return base::make_error(base::ErrorKind::not_found,
                                       "network " + name + " not found");
        }
        co_return found->second;
    }
    Task<std::string> create_network(NetworkSpec spec) override {
        CO_TRY_VOID(check("create_network", spec.name));
        if (networks.contains(spec.name)) {
            co_return base::make_error(base::ErrorKind::conflict,
                                       "network with name " + spec.name + " already exists");
        }
        auto& network = networks[spec.name];
        network.id = "net-" + spec.name;
        network.name = spec.name;
        network.driver = spec.driver;
        network.subnets.push_back(spec.subnet);
        network.labels = spec.labels;
        co_return network.id;
    }
    Task<> remove_network(std::string name) override {
        CO_TRY_VOID(check("remove_network", name));
        networks.erase(name);
        co_return base::Result<>{};
    }
    Task<std::unique_ptr<ByteStream>> open_logs(LogQuery query) override {
        CO_TRY_VOID(check("open_logs", query.container));
        CO_TRY_VOID(must_find(query.container));
        co_return std::make_unique<Logs>(*this, std::move(query));
    }
    Task<std::unique_ptr<Stream<EngineEvent>>> open_events(
        std::optional<base::Timestamp>) override {
        CO_TRY_VOID(check("open_events", ""));
        co_return std::make_unique<Events>(shared_);
    }
    Task<std::unique_ptr<Stream<StatsSample>>> open_stats(std::string id) override {
        CO_TRY_VOID(check("open_stats", id));
        CO_TRY_VOID(must_find(id));
        co_return std::make_unique<Stats>(shared_, std::move(id));
    }

  private:
    struct Line {
        base::Timestamp time;
        std::string frame;
    };
    /// What open streams look at; replaced when the engine goes away, so that old streams end.
    struct Shared {
        explicit Shared(runtime::Executor executor)
            : changed(executor), changed_executor(executor) {}
        std::vector<EngineEvent> events;
        std::map<std::string, std::vector<Line>> logs;
        std::map<std::string, std::deque<StatsSample>> stats;
        std::map<std::string, int> hangs;
        bool history_held = false;
        std::optional<base::Error> broken;
        runtime::Notifier changed;
        runtime::Executor changed_executor;
        int open_logs = 0;
        int open_stats = 0;
    };

    class Events final : public Stream<EngineEvent> {
      public:
        explicit Events(std::shared_ptr<Shared> shared)
            : shared_(std::move(shared)), at_(shared_->events.size()) {}
        Task<std::optional<EngineEvent>> next() override {
            while (at_ == shared_->events.size()) {
                if (shared_->broken) {
                    co_return *shared_->broken;
                }
                CO_TRY_VOID(co_await shared_->changed.wait());
            }
            co_return std::optional(shared_->events[at_++]);
        }

      private:
        std::shared_ptr<Shared> shared_;
        std::size_t at_;
    };

    class Logs final : public ByteStream {
      public:
        Logs(FakeEngine& engine, LogQuery query)
            : engine_(engine), shared_(engine.shared_), query_(std::move(query)) {
            ++shared_->open_logs;
            const auto& lines = shared_->logs[query_.container];
            if (query_.tail && *query_.tail < static_cast<std::int64_t>(lines.size())) {
                at_ = lines.size() - static_cast<std::size_t>(*query_.tail);
            }
            hangs_at_open_ = shared_->hangs[query_.container];
            end_ = query_.follow ? static_cast<std::size_t>(-1) : lines.size();
        }
        ~Logs() override { --shared_->open_logs; }
        Logs(const Logs&) = delete;
        Logs& operator=(const Logs&) = delete;

        Task<std::string_view> read() override {
            while (!query_.follow && shared_->history_held) {
                CO_TRY_VOID(co_await shared_->changed.wait());
            }
            while (true) {
                const auto& lines = shared_->logs[query_.container];
                const bool hangs =
                    query_.follow && shared_->hangs[query_.container] != hangs_at_open_;
                while (!hangs && at_ < std::min(end_, lines.size())) {
                    const auto& line = lines[at_++];
                    if ((!query_.since || line.time >= *query_.since) &&
                        (!query_.until || line.time <= *query_.until)) {
                        held_ = line.frame;
                        co_return std::string_view(held_);
                    }
                }
                if (shared_->broken) {
                    co_return *shared_->broken;
                }
                const auto* details = engine_.find(query_.container);
                if (!query_.follow || details == nullptr || !details->container.is_running()) {
                    co_return std::string_view();
                }
                CO_TRY_VOID(co_await shared_->changed.wait());
            }
        }

      private:
        FakeEngine& engine_;
        std::shared_ptr<Shared> shared_;
        LogQuery query_;
        std::size_t at_ = 0;
        std::size_t end_ = 0;
        int hangs_at_open_ = 0;
        std::string held_;
    };

    class Stats final : public Stream<StatsSample> {
      public:
        Stats(std::shared_ptr<Shared> shared, std::string id)
            : shared_(std::move(shared)), id_(std::move(id)) {
            ++shared_->open_stats;
        }
        ~Stats() override { --shared_->open_stats; }
        Stats(const Stats&) = delete;
        Stats& operator=(const Stats&) = delete;

        Task<std::optional<StatsSample>> next() override {
            auto& queue = shared_->stats[id_];
            while (queue.empty()) {
                if (shared_->broken) {
                    co_return *shared_->broken;
                }
                CO_TRY_VOID(co_await shared_->changed.wait());
            }
            auto sample = queue.front();
            queue.pop_front();
            co_return std::optional(sample);
        }

      private:
        std::shared_ptr<Shared> shared_;
        std::string id_;
    };

    std::map<std::string, std::string> attributes_of(const std::string& id) {
        const auto* details = find(id);
        if (details == nullptr) {
            return {};
        }
        const auto& container = details->container;
        auto out = container.labels;
        out["name"] = container.name;
        out["image"] = container.image;
        out["com.docker.compose.project"] = container.project;
        out["com.docker.compose.service"] = container.service;
        out["com.docker.compose.container-number"] = std::to_string(container.number);
        return out;
    }
    base::Result<> check(std::string_view call, std::string_view object) {
        auto name = std::string(call);
        if (!object.empty()) {
            name.append(" ").append(object);
        }
        calls.push_back(std::move(name));
        if (away_) {
            return *away_;
        }
        if (fault) {
            if (auto error = fault(call, object)) {
                return *std::move(error);
            }
        }
        return {};
    }
    base::Result<ContainerDetails*> must_find(const std::string& id) {
        if (auto* found = find(id)) {
            return found;
        }
        return base::make_error(base::ErrorKind::not_found, "No such container: " + id);
    }

    std::shared_ptr<Shared> shared_;
    base::Timestamp now_;
    std::map<std::string, ContainerDetails> containers_;
    std::optional<base::Error> away_;
};

}  // namespace itsup::docker
