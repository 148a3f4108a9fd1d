#pragma once

#include <base/log.hpp>
#include <docker/engine.hpp>
#include <docker/engine_state.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task_group.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace itsup::live {

/// One container's newest sample.
struct StatsRecord {
    docker::ContainerSnapshot container;
    docker::StatsSample sample;
    /// `{"time":…,"project":…,…}`, rendered once.
    std::string json;
    std::uint64_t seq = 0;
};

struct StatsBatch {
    /// Shared with other watchers. Empty when nothing came for `idle_after`.
    std::vector<std::shared_ptr<const StatsRecord>> records;
    bool end = false;
};

class StatsWatch;

/// What containers use, one engine stream per container while somebody watches its project. A slow
/// watcher misses samples and nothing else: only the newest of each container is kept.
class StatsHub {
  public:
    struct Options {
        std::chrono::milliseconds linger{500};
        std::chrono::milliseconds idle_after{15'000};
        /// Before a stream that alone broke is opened again.
        std::chrono::milliseconds retry_after{500};
    };

    StatsHub(runtime::Executor executor, docker::Engine& engine, docker::EngineState& state,
             base::Logger& log, Options options);
    StatsHub(runtime::Executor executor, docker::Engine& engine, docker::EngineState& state,
             base::Logger& log);
    ~StatsHub();
    StatsHub(const StatsHub&) = delete;
    StatsHub& operator=(const StatsHub&) = delete;

    /// A project without running containers gives nothing until one starts.
    [[nodiscard]] std::unique_ptr<StatsWatch> watch(std::string project);
    /// Every watch ends; must be awaited before it dies.
    runtime::Task<> stop();
    /// Engine streams open now.
    [[nodiscard]] std::size_t upstreams() const;

  private:
    friend class StatsWatch;
    struct Project;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Dies before its hub; next() must have unwound before.
class StatsWatch {
  public:
    ~StatsWatch();
    StatsWatch(const StatsWatch&) = delete;
    StatsWatch& operator=(const StatsWatch&) = delete;

    /// The containers' samples that are newer than those given before.
    runtime::Task<StatsBatch> next();

  private:
    friend class StatsHub;
    StatsWatch(StatsHub::Impl& hub, std::shared_ptr<StatsHub::Project> project);

    StatsBatch take();
    runtime::Task<> wait_for_more();

    StatsHub::Impl& hub_;
    // Shared with the hub, which may have let go of it already.
    std::shared_ptr<StatsHub::Project> project_;
    std::uint64_t seen_ = 0;
};

}  // namespace itsup::live
