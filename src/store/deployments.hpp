#pragma once

#include <base/clock.hpp>
#include <model/deployment.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace itsup::store {

class Database;

/// What list() gives; absent members do not filter.
struct DeploymentFilter {
    std::optional<std::string> project;
    std::vector<std::string> projects_allowed;
    std::optional<model::DeploymentState> state;
    /// `next_cursor` of the page before.
    std::optional<std::string> cursor;
    std::size_t limit = 50;
};

/// Newest first.
struct DeploymentPage {
    std::vector<model::Deployment> items;
    std::optional<std::string> next_cursor;
};

/// The record of every deployment. Keeps the newest `per_project_max` finished ones of a project
/// and removes older ones with their events.
class Deployments {
  public:
    static constexpr std::size_t per_project_max = 500;
    static constexpr std::size_t page_max = 200;

    explicit Deployments(Database& database) : database_(database) {}

    static constexpr std::chrono::hours keys_kept_for{24};
    static constexpr std::size_t keys_max = 10'000;

    /// With its first events, in one transaction. Gives its id; for a `key` under which one was
    /// made within keys_kept_for, makes none and gives the id of that one. Of more than keys_max
    /// keys the oldest are forgotten.
    runtime::Task<std::string> create(model::Deployment deployment,
                                      std::vector<model::DeploymentEvent> events = {},
                                      std::optional<std::string> key = {});
    /// The id of what was made under the key, within the same time.
    runtime::Task<std::optional<std::string>> find_by_key(std::string key, base::Timestamp now);
    /// Writes the events and the deployment as it is after them, in one transaction.
    runtime::Task<> record(model::Deployment deployment,
                           std::vector<model::DeploymentEvent> events);
    /// ErrorKind::not_found when there is none.
    runtime::Task<model::Deployment> get(std::string id);
    runtime::Task<DeploymentPage> list(DeploymentFilter filter);
    /// The newest deployment of each project that has one.
    runtime::Task<std::vector<model::Deployment>> last_of_each();
    /// Events with seq > after, in order, at most `limit`.
    runtime::Task<std::vector<model::DeploymentEvent>> events(std::string id, std::int64_t after,
                                                              std::size_t limit);
    /// At start: what was queued or running when the daemon died becomes `interrupted`, with its
    /// closing events. Gives those deployments as they are now.
    runtime::Task<std::vector<model::Deployment>> interrupt_unfinished(base::Timestamp now);
    /// Removes what is over per_project_max; returns how many.
    runtime::Task<std::size_t> prune();

  private:
    Database& database_;
};

}  // namespace itsup::store
