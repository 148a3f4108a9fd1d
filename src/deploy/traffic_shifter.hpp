#pragma once

#include <deploy/transcript.hpp>
#include <model/container.hpp>
#include <runtime/task.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace itsup::deploy {

/// One service that gets new containers beside its old ones.
struct TrafficShift {
    std::string project;
    std::string service;
    std::vector<model::Container> old_containers;
    std::vector<model::Container> new_containers;
};

/// Whether there was routing to change. `not_routed`: nobody answers, or nobody routes to it.
enum class Routing { shifted, not_routed };

/// Moves requests from old containers to new ones. Used in this order: shift_to, drain, (the caller
/// stops and removes the old ones), release, which is due for as long as `holds` says so.
class TrafficShifter {
  public:
    virtual ~TrafficShifter() = default;

    /// When it returns `shifted`, no new request goes to an old container. Without old containers
    /// requests are held at the new ones, whatever else starts. May be called again.
    virtual runtime::Task<Routing> shift_to(TrafficShift shift, StepScope& step) = 0;
    /// Waits until requests in flight to the old ones are over, at most the configured time.
    virtual runtime::Task<> drain(TrafficShift shift, StepScope& step) = 0;
    /// Gives the routing back to the containers' own labels, once these show only the new ones,
    /// and confirms that nothing of ours is left. Also the way back when a rollout is given up.
    virtual runtime::Task<> release(TrafficShift shift, StepScope& step) = 0;
    /// Whether something of ours may stand in the routing of this service, also after a shift_to
    /// that failed or was cancelled.
    [[nodiscard]] virtual bool holds(std::string_view project, std::string_view service) const = 0;
    /// At start: removes what a dead daemon left behind.
    virtual runtime::Task<> clean_up() = 0;
};

/// For stacks that nobody routes to, and for tests.
class NoTraffic final : public TrafficShifter {
  public:
    runtime::Task<Routing> shift_to(TrafficShift shift, StepScope& step) override;
    runtime::Task<> drain(TrafficShift shift, StepScope& step) override;
    runtime::Task<> release(TrafficShift shift, StepScope& step) override;
    [[nodiscard]] bool holds(std::string_view project, std::string_view service) const override;
    runtime::Task<> clean_up() override;
};

}  // namespace itsup::deploy
