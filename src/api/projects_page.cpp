#include <api/projects_page.hpp>
#include <api/views.hpp>
#include <schema/write.hpp>

#include <algorithm>
#include <utility>

namespace itsup::api {

namespace {

contract::ServiceTotals count(const std::vector<model::ServiceStatus>& services) {
    contract::ServiceTotals totals{.total = static_cast<int>(services.size())};
    for (const auto& service : services) {
        const bool up =
            service.replicas.running > 0 && service.replicas.running >= service.replicas.wanted;
        totals.running += up ? 1 : 0;
        totals.healthy += up && service.replicas.healthy == service.replicas.running ? 1 : 0;
    }
    return totals;
}

std::optional<contract::LastDeployment> last(const services::ProjectSummary& summary) {
    if (!summary.last_deployment) {
        return std::nullopt;
    }
    const auto& deployment = *summary.last_deployment;
    return contract::LastDeployment{deployment.id, std::string(to_string(deployment.state)),
                                    deployment.finished_at};
}

}  // namespace

contract::ProjectView to_view(const services::ProjectSummary& summary) {
    const auto& entry = *summary.entry;
    return {.name = entry.name,
            .kind = std::string(to_string(entry.kind)),
            .enabled = entry.enabled,
            .status = std::string(to_string(summary.status)),
            .drift = entry.drift,
            .services = count(summary.services),
            .domains = entry.domains,
            .last_deployment = last(summary),
            .problems = to_views(entry.problems)};
}

contract::ServiceView to_service_view(const services::ProjectSummary& summary,
                                      const model::ServiceStatus& service) {
    auto view = to_view(service);
    const auto& facts = summary.entry->services;
    const auto found = std::ranges::find(facts, service.name, &services::ServiceFacts::name);
    if (found != facts.end()) {
        view.domains = found->domains;
    }
    return view;
}

contract::ProjectDetail to_detail(const services::ProjectSummary& summary) {
    const auto& entry = *summary.entry;
    auto head = to_view(summary);
    contract::ProjectDetail detail{.name = std::move(head.name),
                                   .kind = std::move(head.kind),
                                   .enabled = head.enabled,
                                   .status = std::move(head.status),
                                   .drift = head.drift,
                                   .services = head.services,
                                   .domains = std::move(head.domains),
                                   .last_deployment = std::move(head.last_deployment),
                                   .problems = std::move(head.problems),
                                   .service_details = {},
                                   .networks = entry.networks,
                                   .egress = entry.egress,
                                   .host = entry.host};
    for (const auto& service : summary.services) {
        detail.service_details.push_back(to_service_view(summary, service));
    }
    return detail;
}

const Rendered& ProjectsPage::get(const services::Projects::View& authority) {
    const auto revision = projects_.revision();
    if (made_ && revision == revision_) {
        return rendered_;
    }
    contract::ProjectList list;
    for (const auto& summary : projects_.list(authority)) {
        list.items.push_back(to_view(summary));
    }
    rendered_ = render_shared(schema::to_json(list));
    revision_ = revision;
    made_ = true;
    return rendered_;
}

}  // namespace itsup::api
