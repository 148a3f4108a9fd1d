#pragma once

#include <base/log.hpp>
#include <base/secret.hpp>
#include <deploy/traffic_shifter.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace itsup::deploy {

struct TraefikSettings {
    /// Where Traefik's own API answers: the loopback-only entrypoint of the generated proxy stack.
    std::string address = "127.0.0.1";
    std::uint16_t port = 8082;
    /// Sent with every request as X-Itsup-Token, which the generated route asks for.
    base::Secret token;
    /// Absolute; its file provider watches it (`proxy/traefik/dynamic`).
    std::string dynamic_directory;
    std::chrono::milliseconds drain{10'000};
    /// How long Traefik may take to show what it was told or what the engine did.
    std::chrono::milliseconds confirm_max{20'000};
    std::chrono::milliseconds ask_every{100};
    /// How long it must have listed the same servers before what was started and taken back, which
    /// it was not seen to list, counts as over: longer than the two seconds for which it gathers
    /// what the engine tells (`providersThrottleDuration`).
    std::chrono::milliseconds steady{3'000};
};

/// The rollout router: a file `itsup-rollout-PROJECT.SERVICE.yml` in the dynamic directory that
/// stands in front of the service's own routers while old containers are taken away. What it does
/// is confirmed by Traefik's API; only that something will not show there any more takes a wait.
class TraefikShifter final : public TrafficShifter {
  public:
    TraefikShifter(runtime::Executor executor, TraefikSettings settings,
                   runtime::BlockingPool& pool, base::Logger& log);
    ~TraefikShifter() override;

    runtime::Task<Routing> shift_to(TrafficShift shift, StepScope& step) override;
    runtime::Task<> drain(TrafficShift shift, StepScope& step) override;
    runtime::Task<> release(TrafficShift shift, StepScope& step) override;
    [[nodiscard]] bool holds(std::string_view project, std::string_view service) const override;
    runtime::Task<> clean_up() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace itsup::deploy
