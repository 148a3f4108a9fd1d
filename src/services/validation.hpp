#pragma once

#include <config/secrets.hpp>
#include <model/problem.hpp>
#include <net/endpoint.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task.hpp>
#include <services/compose_check.hpp>
#include <services/install_root.hpp>
#include <services/rendering.hpp>
#include <services/secret_store.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace itsup::services {

enum class AskCompose { no, yes };

/// Everything in a root that would stop a deploy, read fresh: the files, what their neighbours say
/// of them, the secrets, the proxy's needs, and what Compose thinks of the files that would be
/// generated.
class Validation {
  public:
    /// Without `listen` the configuration says where the daemon listens. `environment` is what
    /// `${NAME}` in the root's `.env` may mean.
    Validation(InstallRoot root, SecretStore& secrets, ComposeCheck& compose,
               runtime::BlockingPool& pool, std::optional<ListenAddress> listen,
               config::DotenvMap environment)
        : root_(std::move(root)),
          secrets_(secrets),
          compose_(compose),
          pool_(pool),
          listen_(std::move(listen)),
          environment_(std::move(environment)) {}

    /// One project with the root's `.env`, not_found without it.
    runtime::Task<model::Problems> project(std::string name, AskCompose asking);
    /// The whole root: what concerns all of it first, then by project.
    runtime::Task<model::Problems> everything(AskCompose asking);

  private:
    using Loaded = std::shared_ptr<config::LoadedRoot>;
    runtime::Task<Loaded> load();
    runtime::Task<std::map<std::string, model::Problems>> ask_compose(Loaded loaded,
                                                                      std::string only);

    InstallRoot root_;
    SecretStore& secrets_;
    ComposeCheck& compose_;
    runtime::BlockingPool& pool_;
    std::optional<ListenAddress> listen_;
    config::DotenvMap environment_;
};

}  // namespace itsup::services
