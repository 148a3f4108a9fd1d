#include <runtime/deadline.hpp>
#include <services/config_repositories.hpp>

#include <sys/stat.h>

#include <utility>

namespace itsup::services {

namespace {

bool is_folder(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

bool RepositoryReport::says_the_same(const RepositoryReport& other) const {
    return is_repository == other.is_repository && state == other.state && commit == other.commit &&
           error == other.error;
}

ConfigRepositories::ConfigRepositories(runtime::Executor executor, InstallRoot root,
                                       gitops::GitSettings settings, const base::Clock& clock)
    : root_(std::move(root)), settings_(std::move(settings)), clock_(clock), wake_(executor) {
    reports_[0].name = projects_repository;
    reports_[1].name = secrets_repository;
}

const RepositoryReport& ConfigRepositories::report(std::string_view name) const {
    return name == projects_repository ? reports_[0] : reports_[1];
}

void ConfigRepositories::publish(RepositoryReport report) {
    auto& known = report.name == projects_repository ? reports_[0] : reports_[1];
    const bool news = !known.says_the_same(report);
    known = std::move(report);
    if (news && listener_) {
        listener_();
    }
}

runtime::Task<std::optional<gitops::Repository>> ConfigRepositories::open(std::string_view name) {
    const auto path = name == projects_repository ? root_.projects() : root_.secrets();
    if (!is_folder(path)) {
        co_return std::optional<gitops::Repository>{};
    }
    co_return co_await gitops::Repository::open(settings_, path);
}

runtime::Task<RepositoryReport> ConfigRepositories::examine(std::string name) {
    RepositoryReport report{.name = name, .looked_at = clock_.now()};
    CO_TRY(const auto repository, co_await open(name));
    if (!repository) {
        co_return report;
    }
    report.is_repository = true;
    CO_TRY(report.state, co_await repository->state());
    const auto& known = this->report(name).commit;
    if (known && known->revision == report.state.status.head) {
        report.commit = known;
    } else if (!report.state.status.head.empty()) {
        CO_TRY(report.commit, co_await repository->describe("HEAD"));
    }
    co_return report;
}

runtime::Task<> ConfigRepositories::look() {
    for (const auto& known : reports_) {
        const auto name = known.name;
        auto looking = examine(name);
        auto seen = co_await runtime::catching(std::move(looking));
        if (seen.has_error()) {
            if (seen.error().kind == base::ErrorKind::cancelled) {
                co_return seen.error();
            }
            auto stale = report(name);
            stale.error = seen.error().message;
            stale.looked_at = clock_.now();
            publish(std::move(stale));
            continue;
        }
        // A pull that failed is not mended by a look, until something here has changed.
        if (seen->state == report(name).state && seen->is_repository) {
            seen->error = report(name).error;
        }
        publish(*std::move(seen));
    }
    co_return base::Result<>{};
}

void ConfigRepositories::look_soon() {
    look_wanted_ = true;
    wake_.notify();
}

runtime::Task<> ConfigRepositories::watch() {
    while (true) {
        look_wanted_ = false;
        CO_TRY_VOID(co_await look());
        if (look_wanted_) {
            continue;
        }
        const auto woken = co_await runtime::with_deadline(look_every, wake_.wait());
        if (woken.has_error() && woken.error().kind == base::ErrorKind::cancelled) {
            co_return woken.error();
        }
    }
}

runtime::Task<> ConfigRepositories::pull(std::string name) {
    CO_TRY(const auto repository, co_await open(name));
    if (!repository) {
        co_return base::Result<>{};
    }
    const auto pulled = co_await repository->pull();
    CO_TRY(auto seen, co_await examine(name));
    if (pulled.has_error()) {
        seen.error = pulled.error().message;
    }
    publish(std::move(seen));
    if (pulled.has_error()) {
        co_return base::Error(pulled.error()).with_context(name);
    }
    co_return base::Result<>{};
}

runtime::Task<std::vector<std::string>> ConfigRepositories::changed_paths(std::string name,
                                                                          std::string from,
                                                                          std::string to) {
    CO_TRY(const auto repository, co_await open(name));
    if (!repository || to.empty()) {
        co_return std::vector<std::string>{};
    }
    co_return co_await repository->changed_paths(std::move(from), std::move(to));
}

}  // namespace itsup::services
