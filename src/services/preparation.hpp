#pragma once

#include <base/log.hpp>
#include <config/load.hpp>
#include <deploy/deployer.hpp>
#include <model/deployment.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task.hpp>
#include <services/catalog.hpp>
#include <services/secret_store.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace itsup::services {

/// What a deploy would write and bring up, without having written it.
struct Draft {
    deploy::DeployTarget target;
    std::vector<model::FilePlan> files;
};

/// Where the daemon listens: the proxy's own route leads there.
struct ListenAddress {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;
};

/// From the files of a root to something that deploy/ can bring up: reads them fresh, validates,
/// renders, and (in a deployment, not in a draft) writes the artifacts.
class Preparation {
  public:
    Preparation(InstallRoot root, SecretStore& secrets, runtime::BlockingPool& pool,
                ListenAddress listen)
        : root_(std::move(root)), secrets_(secrets), pool_(pool), listen_(std::move(listen)) {}

    /// The first part of a deployment: steps `validate` and `render`. For stop, down and the like
    /// only the target.
    deploy::Prepare prepare(model::ProjectName name, model::DeploymentAction action);
    /// ErrorKind::conflict with the first problem when the files do not validate.
    runtime::Task<Draft> draft(model::ProjectName name);
    /// Takes the values of the project's and the infrastructure's secrets out of what is shown.
    [[nodiscard]] deploy::Masker masker(const model::ProjectName& name) const;

  private:
    struct Rendering;

    runtime::Task<deploy::DeployTarget> run(model::ProjectName name, model::DeploymentAction action,
                                            deploy::Transcript& transcript);
    runtime::Task<Rendering> render(model::ProjectName name);
    base::Result<Rendering> render_project(const model::ProjectName& name) const;
    base::Result<Rendering> render_proxy(const SecretMap& secrets) const;
    base::Result<Rendering> render_dns() const;
    runtime::Task<deploy::DeployTarget> target(model::ProjectName name) const;

    InstallRoot root_;
    SecretStore& secrets_;
    runtime::BlockingPool& pool_;
    ListenAddress listen_;
};

/// The first error of a list as `file:line: message`; empty when there is none.
std::string first_error(const model::Problems& problems);

}  // namespace itsup::services
