#include <services/webhooks.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace itsup::services {

namespace {

/// Two hooks with different aims may send the same bytes: each is taken once.
std::vector<std::string> keys_of(const WebhookDelivery& delivery) {
    const auto& aim = delivery.aim;
    const auto about = fmt::format("{} {}/{}", to_string(delivery.provider),
                                   aim.project.value_or(""), aim.service.value_or(""));
    std::vector<std::string> out;
    if (!delivery.id.empty()) {
        out.push_back(fmt::format("{} id {}", about, delivery.id));
    }
    if (!delivery.fingerprint.empty()) {
        out.push_back(fmt::format("{} content {}", about, delivery.fingerprint));
    }
    return out;
}

}  // namespace

base::Result<access::Caller> Webhooks::authenticate(access::WebhookProvider provider,
                                                    const access::WebhookProof& proof) const {
    std::string own = "WEBHOOK_SECRET_";
    std::ranges::transform(to_string(provider), std::back_inserter(own),
                           [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    const auto& secrets = catalog_.secrets();
    auto found = secrets.find(own);
    if (found == secrets.end()) {
        found = secrets.find("WEBHOOK_SECRET");
    }
    static const base::Secret none;
    return access::verify_webhook(provider, found == secrets.end() ? none : found->second, proof,
                                  clock_.now());
}

base::Result<> Webhooks::check_aim(const WebhookAim& aim) const {
    const auto project = aim.project.value_or("");
    const auto view = catalog_.current();
    const auto found = view->projects.find(project);
    if (aim.project && found == view->projects.end()) {
        return base::make_error(base::ErrorKind::not_found,
                                fmt::format("there is no project \"{}\"", project));
    }
    if (!aim.service) {
        return {};
    }
    if (!aim.project) {
        return base::make_invalid("service", "needs a project");
    }
    const bool known = std::ranges::any_of(
        found->second.services, [&](const auto& facts) { return facts.name == *aim.service; });
    return known ? base::Result<>{} : no_such_service("service", project, *aim.service);
}

std::vector<std::string> Webhooks::tracked_branches() const {
    std::vector<std::string> out;
    for (const auto& report : repositories_.reports()) {
        if (report.is_repository && !report.state.status.branch.empty()) {
            out.push_back(report.state.status.branch);
        }
    }
    return out;
}

std::string Webhooks::objection(const WebhookDelivery& delivery) const {
    const auto& event = delivery.event;
    if (event.kind == WebhookEvent::Kind::other) {
        return fmt::format("the event {} starts nothing", event.name);
    }
    if (event.removed) {
        return fmt::format("the branch {} was removed", event.branch);
    }
    if (event.branch.empty()) {
        return {};
    }
    // What the sender says; else, for a reconcile, what is checked out, for a project what the
    // repository calls its default.
    std::vector<std::string> wanted;
    if (delivery.aim.branch) {
        wanted = {*delivery.aim.branch};
    } else if (!delivery.aim.project) {
        wanted = tracked_branches();
    } else if (!event.default_branch.empty()) {
        wanted = {event.default_branch};
    }
    if (wanted.empty() || std::ranges::find(wanted, event.branch) != wanted.end()) {
        return {};
    }
    return fmt::format("the push was to {}; only {} counts", event.branch,
                       fmt::join(wanted, " or "));
}

runtime::Task<WebhookOutcome> Webhooks::reconcile(const access::Caller& caller,
                                                  ReconcileRequest request) {
    CO_TRY(auto authority, access::authorize<access::Permission::reconcile>(caller));
    CO_TRY(const auto run, co_await reconciler_.start(std::move(authority), std::move(request)));
    co_return WebhookOutcome{WebhookResult::reconcile,
                             "the repositories are pulled and what changed is deployed",
                             "/reconcile/runs/" + run.id};
}

runtime::Task<WebhookOutcome> Webhooks::deploy(const access::Caller& caller, Order order) {
    CO_TRY(auto authority, access::authorize<access::Permission::deploy_project>(caller));
    auto message = fmt::format("{} is deployed", order.name);
    CO_TRY(const auto deployment,
           co_await deployments_.start_or_join(std::move(authority), std::move(order)));
    co_return WebhookOutcome{WebhookResult::deployment, std::move(message),
                             "/deployments/" + deployment.id};
}

runtime::Task<WebhookOutcome> Webhooks::act(const access::Caller& caller, WebhookAim aim,
                                            model::Cause cause, std::string request_id) {
    if (!aim.project) {
        ReconcileRequest request{.cause = cause, .request_id = std::move(request_id)};
        co_return co_await reconcile(caller, std::move(request));
    }
    CO_TRY(auto name, model::ProjectName::parse(*aim.project));
    Order order{.name = std::move(name), .cause = cause, .request_id = std::move(request_id)};
    if (aim.service) {
        CO_TRY(auto service, model::ServiceName::parse(*aim.service));
        order.services.push_back(std::move(service));
    }
    co_return co_await deploy(caller, std::move(order));
}

runtime::Task<WebhookOutcome> Webhooks::take(Receive authority, WebhookDelivery delivery) {
    if (delivery.event.kind == WebhookEvent::Kind::ping) {
        co_return WebhookOutcome{WebhookResult::pong, "the webhook is set up", ""};
    }
    CO_TRY_VOID(check_aim(delivery.aim));
    if (auto why = objection(delivery); !why.empty()) {
        co_return WebhookOutcome{WebhookResult::ignored, std::move(why), ""};
    }
    auto keys = keys_of(delivery);
    auto acting = act(authority.caller(), std::move(delivery.aim), model::Cause::webhook,
                      std::move(delivery.request_id));
    co_return co_await once_.run(std::move(keys), std::move(acting));
}

runtime::Task<WebhookOutcome> Webhooks::update(Receive authority, WebhookAim aim,
                                               std::string request_id) {
    if (aim.project == "itsUP") {
        ReconcileRequest request{.cause = model::Cause::webhook,
                                 .request_id = std::move(request_id),
                                 .everything = true};
        co_return co_await reconcile(authority.caller(), std::move(request));
    }
    CO_TRY_VOID(check_aim(aim));
    co_return co_await act(authority.caller(), std::move(aim), model::Cause::webhook,
                           std::move(request_id));
}

}  // namespace itsup::services
