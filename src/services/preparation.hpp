#pragma once

#include <base/secret.hpp>
#include <deploy/deployer.hpp>
#include <model/deployment.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task.hpp>
#include <services/compose_check.hpp>
#include <services/rendering.hpp>
#include <services/secret_store.hpp>

#include <string>
#include <vector>

namespace itsup::services {

/// What a deploy would write and bring up, without having written it.
struct Draft {
    deploy::DeployTarget target;
    std::vector<model::FilePlan> files;
    model::Problems warnings;
};

struct PreparationSettings {
    ListenAddress listen;
    base::Secret traefik_token;
};

/// From the files of a root to something that deploy/ can bring up: reads them fresh, validates
/// (with Compose, too), renders, and (in a deployment, not in a draft) writes the artifacts.
class Preparation {
  public:
    Preparation(InstallRoot root, SecretStore& secrets, ComposeCheck& compose,
                runtime::BlockingPool& pool, PreparationSettings settings)
        : root_(std::move(root)),
          secrets_(secrets),
          compose_(compose),
          pool_(pool),
          settings_(std::move(settings)) {}

    /// The first part of a deployment: steps `validate` and `render`. For stop, down and the like
    /// only the target.
    deploy::Prepare prepare(model::ProjectName name, model::DeploymentAction action);
    /// The same for a project of which only containers are left: nothing is read or written.
    deploy::Prepare prepare_orphan(model::ProjectName name);
    /// ErrorKind::conflict with the first problem when the files do not validate.
    runtime::Task<Draft> draft(model::ProjectName name);
    /// Takes the values of the project's and the infrastructure's secrets out of what is shown.
    [[nodiscard]] deploy::Masker masker(const model::ProjectName& name) const;

  private:
    runtime::Task<deploy::DeployTarget> run(model::ProjectName name, model::DeploymentAction action,
                                            deploy::Transcript& transcript);
    /// The artifacts, as step `render`.
    runtime::Task<> write(Rendering rendering, deploy::Transcript& transcript);
    /// The file as it was rendered goes to compose, not the one on disk.
    void take_text(const Rendering& rendering, deploy::DeployTarget& target) const;
    runtime::Task<deploy::DeployTarget> by_containers(model::ProjectName name) const;
    runtime::Task<deploy::DeployTarget> fresh_target(model::ProjectName name);
    runtime::Task<> renew_secrets(model::ProjectName name);
    /// Reads, validates and renders; Compose agrees with the file or cannot be asked.
    runtime::Task<Rendering> render(model::ProjectName name);
    runtime::Task<deploy::DeployTarget> target(model::ProjectName name) const;

    InstallRoot root_;
    SecretStore& secrets_;
    ComposeCheck& compose_;
    runtime::BlockingPool& pool_;
    PreparationSettings settings_;
    /// Artifacts, however big, are written one after the other, and hold up nothing else.
    runtime::BlockingPool writer_{1};
};

}  // namespace itsup::services
