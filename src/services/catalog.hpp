#pragma once

#include <base/clock.hpp>
#include <base/log.hpp>
#include <base/secret.hpp>
#include <config/load.hpp>
#include <model/problem.hpp>
#include <net/endpoint.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task.hpp>
#include <services/install_root.hpp>
#include <services/rendering.hpp>
#include <services/secret_store.hpp>

#include <chrono>
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
    /// `restart: "no"` says so: it may end with 0 and all is well.
    bool one_shot = false;
    std::vector<std::string> domains;
    bool operator==(const ServiceFacts&) const = default;
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
    bool operator==(const ProjectEntry&) const = default;
};

/// Everything under projects/ at one moment; never changes. By name.
struct CatalogView {
    std::map<std::string, ProjectEntry, std::less<>> projects;
    /// What concerns the whole root: itsup.yml, the override files, the infrastructure's secrets,
    /// and what the proxy's files lack where there is an itsup.yml.
    model::Problems problems;
    std::uint64_t revision = 0;
};

/// not_found on `pointer`, naming both.
base::Error no_such_service(std::string pointer, std::string_view project,
                            std::string_view service);

/// Everything under projects/ as it is now, but for the secrets. Blocking.
base::Result<CatalogView> read_view(const InstallRoot& root);

/// Where the daemon of this root listens when nobody says otherwise: 127.0.0.1 and the port of the
/// host-only project `itsup`, else 8080. Blocking.
base::Result<net::Endpoint> listen_address(const InstallRoot& root);
ListenAddress listen_address_of(const config::LoadedRoot& loaded);

/// The configuration in memory, read anew when a file changes (inotify), when somebody asks, and at
/// SIGHUP. Lives on the loop; reading and checking run on the pool.
class Catalog {
  public:
    Catalog(runtime::Executor executor, InstallRoot root, SecretStore& secrets,
            runtime::BlockingPool& pool, base::Logger& log);
    Catalog(const Catalog&) = delete;
    Catalog& operator=(const Catalog&) = delete;
    ~Catalog();

    /// How soon after the last change in a folder everything is read again, and how often without
    /// one.
    static constexpr std::chrono::milliseconds settle_for{100};
    static constexpr std::chrono::seconds look_every{60};

    /// Reads everything; a root without projects/ is an empty catalog. Concurrent calls read one
    /// after the other.
    runtime::Task<> load();
    /// Watches for changes until cancelled.
    runtime::Task<> watch();

    /// Shared: a reader keeps its moment across a wait while the catalog moves on.
    [[nodiscard]] std::shared_ptr<const CatalogView> current() const { return view_; }
    /// The infrastructure's (secrets/itsup.txt).
    [[nodiscard]] const SecretMap& secrets() const { return secrets_.of("itsup").values; }
    /// Why they could not be read, the last time that they were looked at.
    [[nodiscard]] const std::optional<base::Error>& secrets_error() const {
        return secrets_.of("itsup").error;
    }
    [[nodiscard]] const InstallRoot& root() const { return root_; }
    /// Called on the loop after every change, with the names of the projects that differ.
    void on_change(std::function<void(const std::vector<std::string>&)> listener);

  private:
    runtime::Task<model::Problems> look_at_proxy(config::LoadedRoot loaded);
    void publish(CatalogView fresh);
    std::vector<std::string> folders() const;

    runtime::Executor executor_;
    InstallRoot root_;
    runtime::BlockingPool& pool_;
    base::Logger& log_;
    std::shared_ptr<const CatalogView> view_ = std::make_shared<CatalogView>();
    SecretStore& secrets_;
    std::vector<std::function<void(const std::vector<std::string>&)>> listeners_;
};

}  // namespace itsup::services
