#pragma once

#include <base/clock.hpp>
#include <deploy/target.hpp>
#include <model/deployment.hpp>
#include <model/names.hpp>

#include <vector>

namespace itsup::deploy {

class DeploymentJournal;

/// What an order asks for beside its action. As it is here it leaves no step in the record.
struct OrderTerms {
    /// Empty: all services.
    std::vector<model::ServiceName> services = {};
    bool force = false;
    PullPolicy pull = PullPolicy::always;
    bool operator==(const OrderTerms&) const = default;
};

/// Writes down what an order asks for, a step each: of an order that is cut off nothing but its
/// record is left.
void write_order(DeploymentJournal& journal, const OrderTerms& terms, base::Timestamp now);

/// What write_order() wrote.
OrderTerms read_order(const model::Deployment& deployment);

/// That a person wants a running one to end: the daemon may end before it has.
void write_cancel(DeploymentJournal& journal, base::Timestamp now);
bool was_cancelled(const model::Deployment& deployment);

}  // namespace itsup::deploy
