#pragma once

#include <base/clock.hpp>
#include <model/deployment.hpp>
#include <model/names.hpp>

#include <vector>

namespace itsup::deploy {

class DeploymentJournal;

/// Writes down which services an order names, a step each: of an order that is cut off nothing but
/// its record is left. An order for all of them leaves no step.
void write_order(DeploymentJournal& journal, const std::vector<model::ServiceName>& services,
                 base::Timestamp now);

/// What write_order() wrote; empty: all services.
std::vector<model::ServiceName> read_order(const model::Deployment& deployment);

/// That a person wants a running one to end: the daemon may end before it has.
void write_cancel(DeploymentJournal& journal, base::Timestamp now);
bool was_cancelled(const model::Deployment& deployment);

}  // namespace itsup::deploy
