#pragma once

#include <access/permission.hpp>
#include <access/webhook_proof.hpp>
#include <base/clock.hpp>
#include <base/log.hpp>
#include <base/secret.hpp>
#include <runtime/task.hpp>
#include <services/catalog.hpp>
#include <services/config_repositories.hpp>
#include <services/deployments.hpp>
#include <services/reconciler.hpp>
#include <services/webhook_once.hpp>
#include <store/webhook_deliveries.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::services {

/// What a delivery says happened.
struct WebhookEvent {
    enum class Kind { push, ping, other };
    Kind kind = Kind::other;
    /// The provider's own word.
    std::string name;
    /// Of a push; empty where it says none.
    std::string branch;
    /// Of the repository that was pushed to; empty where it says none.
    std::string default_branch;
    /// The push removed the branch.
    bool removed = false;
};

/// What the sender wants done: nothing said is a reconcile.
struct WebhookAim {
    std::optional<std::string> project;
    std::optional<std::string> service;
    /// Only pushes to this branch count.
    std::optional<std::string> branch;
};

struct WebhookDelivery {
    access::WebhookProvider provider = access::WebhookProvider::generic;
    /// The provider's own id of it; empty where it gives none.
    std::string id;
    /// What was signed, as a hash: the same again is a replay, whatever its id says. Empty where
    /// nothing is signed.
    std::string fingerprint;
    WebhookEvent event;
    WebhookAim aim;
    std::string request_id;
};

/// Turns authentic deliveries into a reconcile or one project's deployment, each once.
class Webhooks {
  public:
    Webhooks(const Catalog& catalog, const ConfigRepositories& repositories, Reconciler& reconciler,
             Deployments& deployments, store::WebhookDeliveries& store, const base::Clock& clock,
             base::Logger& log)
        : catalog_(catalog),
          repositories_(repositories),
          reconciler_(reconciler),
          deployments_(deployments),
          clock_(clock),
          once_(store, clock, log) {}

    using Receive = access::Authorized<access::Permission::receive_webhook>;

    /// Does no work but the check itself. See access::verify_webhook().
    [[nodiscard]] base::Result<access::Caller> authenticate(
        access::WebhookProvider provider, const access::WebhookProof& proof) const;

    /// not_found for a project or service that is none.
    runtime::Task<WebhookOutcome> take(Receive authority, WebhookDelivery delivery);
    /// The older webhook: a project, one of its services, or with `itsUP` everything.
    runtime::Task<WebhookOutcome> update(Receive authority, WebhookAim aim, std::string request_id);

  private:
    runtime::Task<WebhookOutcome> act(const access::Caller& caller, WebhookAim aim,
                                      model::Cause cause, std::string request_id);
    runtime::Task<WebhookOutcome> reconcile(const access::Caller& caller, ReconcileRequest request);
    runtime::Task<WebhookOutcome> deploy(const access::Caller& caller, Order order);
    base::Result<> check_aim(const WebhookAim& aim) const;
    /// Why this event starts nothing; empty when it does.
    std::string objection(const WebhookDelivery& delivery) const;
    std::vector<std::string> tracked_branches() const;

    const Catalog& catalog_;
    const ConfigRepositories& repositories_;
    Reconciler& reconciler_;
    Deployments& deployments_;
    const base::Clock& clock_;
    WebhookOnce once_;
};

}  // namespace itsup::services
