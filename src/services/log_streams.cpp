#include <services/log_streams.hpp>
#include <services/orphans.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace itsup::services {

base::Result<> LogStreams::check(const live::LogRequest& request) const {
    const auto view = catalog_.current();
    const auto found = view->projects.find(request.project);
    const auto containers = engine_.containers_of(request.project);
    const bool infrastructure = request.project == "dns" || request.project == "proxy";
    // Compose projects that others brought up on this host are none of ours.
    if (found == view->projects.end() && !infrastructure &&
        !is_orphan(catalog_, engine_, request.project)) {
        return base::make_error(
            base::ErrorKind::not_found,
            fmt::format("there is no project or stack \"{}\"", request.project));
    }
    for (const auto& service : request.filter.services) {
        const bool configured =
            found != view->projects.end() &&
            std::ranges::find(found->second.services, service, &ServiceFacts::name) !=
                found->second.services.end();
        const bool running = std::ranges::any_of(
            containers, [&](const auto& container) { return container->service == service; });
        if (!configured && !running) {
            return no_such_service("service", request.project, service);
        }
    }
    return {};
}

runtime::Task<std::unique_ptr<live::LogWatch>> LogStreams::open(View, live::LogRequest request) {
    CO_TRY_VOID(check(request));
    co_return co_await hub_.watch(std::move(request));
}

}  // namespace itsup::services
