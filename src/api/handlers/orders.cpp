#include <api/handlers/orders.hpp>
#include <api/views.hpp>

#include <algorithm>
#include <utility>

namespace itsup::api {

namespace {

constexpr std::size_t idempotency_key_max = 200;

bool is_key_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ':' || c == '-';
}

}  // namespace

base::Result<services::Order> make_order(const RequestScope& scope, const std::string& name,
                                         model::DeploymentAction action,
                                         const std::vector<std::string>& services) {
    TRY(auto project, model::ProjectName::parse(name));
    services::Order order{.name = std::move(project),
                          .action = action,
                          .cause = scope.cause,
                          .request_id = scope.request_id};
    for (const auto& service : services) {
        TRY(auto parsed, model::ServiceName::parse(service));
        order.services.push_back(std::move(parsed));
    }
    if (const auto key = scope.exchange.request().headers.find("Idempotency-Key")) {
        if (key->empty() || key->size() > idempotency_key_max ||
            !std::ranges::all_of(*key, is_key_character)) {
            return base::make_invalid("Idempotency-Key",
                                      "must have 1 to 200 of A-Z a-z 0-9 _ . : -");
        }
        order.idempotency_key = std::string(*key);
    }
    return order;
}

base::Result<Answer<contract::DeploymentView>> accepted(base::Result<model::Deployment> started) {
    TRY(auto deployment, std::move(started));
    Answer<contract::DeploymentView> made(to_view(deployment));
    made.headers.add("Location", "/deployments/" + deployment.id);
    made.audit_target = deployment.id;
    return made;
}

base::Result<Answer<contract::DeploymentView>> rehearsed(
    base::Result<model::Deployment> rehearsal) {
    TRY(auto deployment, std::move(rehearsal));
    return Answer<contract::DeploymentView>(to_view(deployment));
}

}  // namespace itsup::api
