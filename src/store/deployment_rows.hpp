#pragma once

#include <base/result.hpp>
#include <model/deployment.hpp>
#include <store/connection.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace itsup::store {

/// One row of id, project, action, state, actor, cause, request_id, created_at, started_at,
/// finished_at, services, error: in that order. Without its steps.
base::Result<model::Deployment> read_deployment(const Statement& row);
base::Result<std::vector<model::DeploymentStep>> read_steps(Connection& connection,
                                                            const std::string& id);
base::Result<model::Deployment> read_whole(Connection& connection, const std::string& id);
base::Result<std::vector<model::DeploymentEvent>> read_events(Connection& connection,
                                                              const std::string& id,
                                                              std::int64_t after,
                                                              std::size_t limit);

base::Result<> insert_deployment(Connection& connection, const model::Deployment& deployment);
/// Everything that may change: state, times, services, error.
base::Result<> update_deployment(Connection& connection, const model::Deployment& deployment);
base::Result<> insert_event(Connection& connection, const model::DeploymentEvent& event);

}  // namespace itsup::store
