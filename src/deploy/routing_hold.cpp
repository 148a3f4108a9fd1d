#include <deploy/routing_hold.hpp>

#include <utility>

namespace itsup::deploy {

runtime::Task<> hold_routing(const Operation& operation, const WantedService& service,
                             std::vector<model::Container> serving) {
    if (service.has_health_check() || serving.empty()) {
        co_return base::Result<>{};
    }
    StepScope step(operation.transcript, "keep routing at the old", service.name);
    TrafficShift shift{operation.request.project.str(), service.name, {}, std::move(serving)};
    const auto routing = co_await operation.parts.shifter.shift_to(std::move(shift), step);
    if (routing.has_error()) {
        co_return step.fail(routing.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<> give_back_routing(const Operation& operation, TrafficShift shift) {
    auto& shifter = operation.parts.shifter;
    if (!shifter.holds(shift.project, shift.service)) {
        co_return base::Result<>{};
    }
    StepScope step(operation.transcript, "give routing back", shift.service);
    const auto released = co_await shifter.release(std::move(shift), step);
    if (released.has_error()) {
        co_return step.fail(released.error());
    }
    step.succeed();
    co_return base::Result<>{};
}

}  // namespace itsup::deploy
