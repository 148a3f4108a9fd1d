#pragma once

#include <base/clock.hpp>
#include <base/log.hpp>
#include <base/secret.hpp>
#include <model/problem.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task.hpp>
#include <services/install_root.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::services {

enum class ProjectKind { container, host, invalid };
std::string_view to_string(ProjectKind kind);

/// What the configuration says of one service, as far as a reader of the list wants to know.
struct ServiceFacts {
    std::string name;
    std::string image;
    int replicas_wanted = 1;
    /// `restart: no` (or none) without replicas: it may end with 0 and all is well.
    bool one_shot = false;
    std::vector<std::string> domains;
};

/// One project as its files say.
struct ProjectEntry {
    std::string name;
    ProjectKind kind = ProjectKind::container;
    bool enabled = true;
    std::vector<ServiceFacts> services;
    std::vector<std::string> domains;
    std::vector<std::string> networks;
    std::vector<std::string> egress;
    /// Host-only projects: the host and the ports of its rows.
    std::optional<std::string> host;
    std::vector<int> host_ports;
    model::Problems problems;
    /// What would be generated differs from what lies in upstream/.
    bool drift = false;
};

/// Everything under projects/ at one moment; never changes. By name.
struct CatalogView {
    std::map<std::string, ProjectEntry, std::less<>> projects;
    /// What concerns the whole root: itsup.yml, the override files, secrets/.
    model::Problems problems;
    std::uint64_t revision = 0;
};

/// The infrastructure secrets (secrets/itsup.txt).
using SecretMap = std::map<std::string, base::Secret>;

/// The configuration in memory, read anew when a file changes (inotify), when somebody asks, and at
/// SIGHUP. Lives on the loop; reading and checking run on the pool.
class Catalog {
  public:
    Catalog(runtime::Executor executor, InstallRoot root, runtime::BlockingPool& pool,
            base::Logger& log);
    Catalog(const Catalog&) = delete;
    Catalog& operator=(const Catalog&) = delete;
    ~Catalog();

    /// Reads everything once; a root without projects/ is an empty catalog.
    runtime::Task<> load();
    /// Watches for changes until cancelled.
    runtime::Task<> watch();

    /// Shared: a reader keeps its moment across a wait while the catalog moves on.
    [[nodiscard]] std::shared_ptr<const CatalogView> current() const { return view_; }
    [[nodiscard]] const SecretMap& secrets() const { return secrets_; }
    [[nodiscard]] const InstallRoot& root() const { return root_; }
    /// Called on the loop after every change, with the names of the projects that differ.
    void on_change(std::function<void(const std::vector<std::string>&)> listener);

  private:
    runtime::Executor executor_;
    InstallRoot root_;
    runtime::BlockingPool& pool_;
    base::Logger& log_;
    std::shared_ptr<const CatalogView> view_ = std::make_shared<CatalogView>();
    SecretMap secrets_;
    std::uint64_t revision_ = 0;
    std::vector<std::function<void(const std::vector<std::string>&)>> listeners_;
};

}  // namespace itsup::services
