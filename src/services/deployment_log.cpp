#include <services/deployment_log.hpp>
#include <store/deployments.hpp>

#include <utility>

namespace itsup::services {

runtime::Task<> DeploymentLog::load(store::Deployments& store) {
    CO_TRY(auto all, co_await store.last_of_each());
    for (const auto& deployment : all) {
        note(deployment);
    }
    co_return base::Result<>{};
}

void DeploymentLog::note(const model::Deployment& deployment) {
    auto& last = last_[deployment.project];
    // A UUIDv7 sorts by time: an older one that ends late does not hide the newer one.
    if (deployment.id < last.id) {
        return;
    }
    last = deployment;
    last.steps.clear();
    ++revision_;
}

std::optional<model::Deployment> DeploymentLog::last_of(std::string_view project) const {
    const auto found = last_.find(project);
    return found == last_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace itsup::services
