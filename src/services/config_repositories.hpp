#pragma once

#include <base/clock.hpp>
#include <gitops/repository.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task.hpp>
#include <services/install_root.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::services {

inline constexpr std::string_view projects_repository = "projects";
inline constexpr std::string_view secrets_repository = "secrets";

/// What is known of one of the configuration's folders as a repository.
struct RepositoryReport {
    std::string name;
    /// False for a folder that is missing or has no repository of its own.
    bool is_repository = false;
    gitops::RepositoryState state;
    /// What HEAD is.
    std::optional<gitops::Commit> commit;
    /// Why the last look or pull failed; empty when it did not.
    std::string error;
    base::Timestamp looked_at{};

    /// What the remote wants as far as it is known, else what is checked out.
    [[nodiscard]] const std::string& wanted() const {
        return state.upstream_revision.empty() ? state.status.head : state.upstream_revision;
    }
    /// But for the time.
    [[nodiscard]] bool says_the_same(const RepositoryReport& other) const;
};

/// projects/ and secrets/ as git repositories, with what was seen of them last. Lives on the loop.
class ConfigRepositories {
  public:
    /// How often they are looked at without a reason.
    static constexpr std::chrono::seconds look_every{60};

    ConfigRepositories(runtime::Executor executor, InstallRoot root, gitops::GitSettings settings,
                       const base::Clock& clock);

    /// `projects`, then `secrets`.
    [[nodiscard]] const std::array<RepositoryReport, 2>& reports() const { return reports_; }
    [[nodiscard]] const RepositoryReport& report(std::string_view name) const;

    /// Looks at both, without asking a remote. What goes wrong stands in the report.
    runtime::Task<> look();
    /// Looks when told to, and every so often, until cancelled.
    runtime::Task<> watch();
    void look_soon();

    /// Brings one up to date; a folder without a repository is nothing to do. The error is also in
    /// the report.
    runtime::Task<> pull(std::string name);
    /// Paths that differ; all of them when `from` is empty or unknown. None without a repository.
    runtime::Task<std::vector<std::string>> changed_paths(std::string name, std::string from,
                                                          std::string to);
    void on_change(std::function<void()> listener) { listener_ = std::move(listener); }

  private:
    runtime::Task<std::optional<gitops::Repository>> open(std::string_view name);
    runtime::Task<RepositoryReport> examine(std::string name);
    void publish(RepositoryReport report);

    InstallRoot root_;
    gitops::GitSettings settings_;
    const base::Clock& clock_;
    std::array<RepositoryReport, 2> reports_;
    runtime::Notifier wake_;
    bool look_wanted_ = false;
    std::function<void()> listener_;
};

}  // namespace itsup::services
