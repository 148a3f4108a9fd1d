#pragma once

#include <config/secrets.hpp>
#include <config/variables.hpp>
#include <model/problem.hpp>
#include <model/project_config.hpp>
#include <services/install_root.hpp>
#include <services/secret_store.hpp>

#include <map>
#include <string>
#include <vector>

namespace itsup::services {

/// Of each project, as the store has them, for the pool: it must not read what the loop may change.
std::map<std::string, SecretSet> own_secrets(const std::vector<model::ProjectSource>& projects,
                                             const SecretStore& store);

/// What Compose resolves `${…}` with in this root, and what it does not: names, never values.
/// Blocking.
class Variables {
  public:
    /// `environment` is what `${NAME}` in the root's `.env` may mean.
    explicit Variables(const InstallRoot& root, const config::DotenvMap& environment = {});

    /// What the project's files ask for in vain. Nothing while its secrets cannot be read: that is
    /// said elsewhere, and what they hold is not known.
    [[nodiscard]] model::Problems check(const model::ProjectSource& project,
                                        const SecretSet& secrets) const;
    /// The same for many, by project; nothing stands under one that wants for nothing.
    [[nodiscard]] std::map<std::string, model::Problems> check_all(
        const std::vector<model::ProjectSource>& projects,
        const std::map<std::string, SecretSet>& secrets) const;
    /// What is wrong with the root's `.env`, and what it told Compose itself before.
    [[nodiscard]] model::Problems root_problems() const;

  private:
    InstallRoot root_;
    config::VariableNames of_root_;
    model::Problems problems_of_root_;
};

}  // namespace itsup::services
