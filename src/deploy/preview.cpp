#include <base/id.hpp>
#include <deploy/namesakes.hpp>
#include <deploy/operation.hpp>
#include <deploy/plan.hpp>
#include <deploy/preview.hpp>
#include <deploy/providers.hpp>
#include <docker/engine_state.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace itsup::deploy {

runtime::Task<model::Plan> preview(DeployerParts parts, DeployTarget target,
                                   std::vector<model::ServiceName> services, bool force) {
    if (!parts.state.status().connected) {
        co_return base::make_error(base::ErrorKind::unavailable,
                                   fmt::format("Docker is away: {}", parts.state.status().reason));
    }
    CO_TRY_VOID(refuse_namesakes(parts.state, target));
    PlanInput input;
    if (target.enabled) {
        CO_TRY(auto wanted, co_await find_wanted(parts, target));
        input.wanted = std::move(wanted.services);
        input.dormant = std::move(wanted.dormant);
    }
    input.actual = containers_now(parts.state, target.project.view());
    input.force = force;
    for (const auto& name : services) {
        if (std::ranges::find(input.wanted, name.str(), &WantedService::name) ==
            input.wanted.end()) {
            co_return base::make_invalid("services",
                                         fmt::format("{} has no service {}", target.project, name));
        }
        input.only.insert(name.str());
    }
    model::Plan out;
    out.id = base::make_uuid7(parts.clock.now());
    out.project = target.project.str();
    out.services = make_plan(input);
    if (target.enabled) {
        out.warnings = missing_providers(parts.state, target);
    }
    co_return out;
}

}  // namespace itsup::deploy
