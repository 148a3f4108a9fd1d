#include <artifacts/upstream.hpp>
#include <runtime/deadline.hpp>
#include <runtime/file_watch.hpp>
#include <services/catalog.hpp>
#include <services/root_reader.hpp>
#include <services/variables.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace itsup::services {

std::string_view to_string(ProjectKind kind) {
    switch (kind) {
        case ProjectKind::container:
            return "container";
        case ProjectKind::host:
            return "host";
        case ProjectKind::invalid:
            return "invalid";
    }
    return "invalid";
}

namespace {

ServiceFacts facts_of(const model::ComposeService& service, const model::ProjectConfig& config) {
    ServiceFacts facts{.name = service.name,
                       .image = service.image,
                       .replicas_wanted = service.replicas,
                       .one_shot = service.restart == "no"};
    for (const auto& row : config.ingress) {
        if (row.service == service.name) {
            std::ranges::copy(row.hosts(), std::back_inserter(facts.domains));
        }
    }
    return facts;
}

std::vector<std::string> networks_of(const model::ProjectSource& source) {
    std::set<std::string> names;
    for (const auto& edge : source.config.egress) {
        names.insert(model::edge_network_name(source.name, edge));
    }
    if (!source.config.ingress.empty() && source.has_services()) {
        names.insert("proxynet");
    }
    return {names.begin(), names.end()};
}

ProjectKind kind_of(const model::ProjectSource& source, const model::Problems& problems) {
    // A name that Compose cannot take cannot be deployed, whatever the files say.
    if (model::has_errors(problems) || !model::ProjectName::parse(source.name)) {
        return ProjectKind::invalid;
    }
    return source.is_host_only() ? ProjectKind::host : ProjectKind::container;
}

ProjectEntry entry_of(const model::ProjectSource& source, model::Problems problems) {
    ProjectEntry entry{.name = source.name,
                       .kind = kind_of(source, problems),
                       .enabled = source.config.enabled,
                       .networks = networks_of(source),
                       .host = source.config.host};
    entry.problems = std::move(problems);
    std::set<std::string> domains;
    for (const auto& row : source.config.ingress) {
        std::ranges::copy(row.hosts(), std::inserter(domains, domains.end()));
        if (source.is_host_only()) {
            entry.host_ports.push_back(row.port);
        }
    }
    entry.domains = {domains.begin(), domains.end()};
    for (const auto& service : source.services) {
        entry.services.push_back(facts_of(service, source.config));
    }
    for (const auto& edge : source.config.egress) {
        entry.egress.push_back(edge.text);
    }
    return entry;
}

/// True when what would be generated is not what lies in upstream/. A project that was never
/// deployed has nothing there and does not drift.
bool drifts(const InstallRoot& root, const model::ProjectSource& source,
            const artifacts::RootView& view) {
    const auto wanted = artifacts::render_upstream(source, view);
    const auto current = read_current(root, wanted.files);
    return !current.empty() && current != wanted.files;
}

struct Reading {
    std::shared_ptr<const config::LoadedRoot> loaded;
    CatalogView view;
};

using ProblemsByProject = std::map<std::string, model::Problems>;

CatalogView view_of(const InstallRoot& root, const config::LoadedRoot& loaded) {
    CatalogView out{.projects = {}, .problems = loaded.root_problems};
    const artifacts::RootView view(loaded.config);
    for (const auto& source : loaded.config.projects) {
        const auto problems = loaded.project_problems.find(source.name);
        auto entry = entry_of(source, problems == loaded.project_problems.end() ? model::Problems{}
                                                                                : problems->second);
        if (entry.kind == ProjectKind::container) {
            entry.drift = drifts(root, source, view);
        }
        out.projects.emplace(source.name, std::move(entry));
    }
    return out;
}

}  // namespace

base::Error no_such_service(std::string pointer, std::string_view project,
                            std::string_view service) {
    auto detail = fmt::format("{} has no service \"{}\"", project, service);
    auto error = base::make_error(base::ErrorKind::not_found, detail);
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

base::Result<CatalogView> read_view(const InstallRoot& root) {
    TRY(const auto loaded, load_root(root));
    return view_of(root, loaded);
}

base::Result<net::Endpoint> listen_address(const InstallRoot& root) {
    TRY(const auto loaded, load_root(root));
    const auto listen = listen_address_of(loaded);
    return net::Endpoint::tcp(listen.address, listen.port);
}

ListenAddress listen_address_of(const config::LoadedRoot& loaded) {
    const auto* own = loaded.config.find("itsup");
    const auto problems = loaded.project_problems.find("itsup");
    const bool sound =
        problems == loaded.project_problems.end() || !model::has_errors(problems->second);
    if (own == nullptr || !sound || !own->is_host_only() || own->config.ingress.empty()) {
        return {};
    }
    return {.address = "127.0.0.1", .port = own->config.ingress.front().port};
}

Catalog::Catalog(runtime::Executor executor, InstallRoot root, SecretStore& secrets,
                 runtime::BlockingPool& pool, base::Logger& log)
    : executor_(executor), root_(std::move(root)), pool_(pool), log_(log), secrets_(secrets) {}

Catalog::~Catalog() = default;

void Catalog::on_change(std::function<void(const std::vector<std::string>&)> listener) {
    listeners_.push_back(std::move(listener));
}

/// A root without itsup.yml wants no proxy yet.
runtime::Task<model::Problems> Catalog::look_at_proxy(config::LoadedRoot loaded) {
    const auto& secrets = secrets_.of("itsup");
    if (!loaded.config.settings.present) {
        co_return problems_of(secrets);
    }
    auto work = [root = root_, loaded = std::move(loaded),
                 secrets]() -> base::Result<model::Problems> {
        return proxy_problems(root, loaded, secrets, listen_address_of(loaded));
    };
    co_return co_await pool_.run(std::move(work));
}

runtime::Task<> Catalog::load() {
    // Named, here and wherever a closure goes to the pool: g++ 12 copies the captures of a
    // temporary one bit by bit into the coroutine's frame (GCC bug 99576).
    auto work = [root = root_]() -> base::Result<Reading> {
        TRY(auto loaded, load_root(root));
        auto view = view_of(root, loaded);
        return Reading{std::make_shared<const config::LoadedRoot>(std::move(loaded)),
                       std::move(view)};
    };
    CO_TRY(auto reading, co_await pool_.run(std::move(work)));
    auto& fresh = reading.view;
    std::vector<std::string> names;
    for (const auto& [name, entry] : fresh.projects) {
        names.push_back(name);
    }
    CO_TRY_VOID(co_await secrets_.refresh(std::move(names)));
    for (auto& [name, entry] : fresh.projects) {
        std::ranges::move(problems_of(secrets_.of(name)), std::back_inserter(entry.problems));
    }
    auto look = [root = root_, loaded = reading.loaded,
                 own = own_secrets(reading.loaded->config.projects,
                                   secrets_)]() -> base::Result<ProblemsByProject> {
        return Variables(root).check_all(loaded->config.projects, own);
    };
    CO_TRY(auto wanting, co_await pool_.run(std::move(look)));
    for (auto& [name, problems] : wanting) {
        std::ranges::move(problems, std::back_inserter(fresh.projects.at(name).problems));
    }
    CO_TRY(auto lacking, co_await look_at_proxy(*reading.loaded));
    std::ranges::move(lacking, std::back_inserter(fresh.problems));
    publish(std::move(fresh));
    co_return base::Result<>{};
}

void Catalog::publish(CatalogView fresh) {
    std::vector<std::string> changed;
    for (const auto& [name, entry] : fresh.projects) {
        const auto known = view_->projects.find(name);
        if (known == view_->projects.end() || !(known->second == entry)) {
            changed.push_back(name);
        }
    }
    for (const auto& [name, entry] : view_->projects) {
        if (!fresh.projects.contains(name)) {
            changed.push_back(name);
        }
    }
    const bool first = view_->revision == 0;
    if (changed.empty() && fresh.problems == view_->problems && !first) {
        return;
    }
    fresh.revision = view_->revision + 1;
    view_ = std::make_shared<const CatalogView>(std::move(fresh));
    for (const auto& listener : listeners_) {
        listener(changed);
    }
}

std::vector<std::string> Catalog::folders() const {
    std::vector<std::string> out{root_.path, root_.projects(), root_.secrets(),
                                 root_.path + "/upstream"};
    for (const auto& [name, entry] : view_->projects) {
        out.push_back(root_.projects() + "/" + name);
        out.push_back(root_.path + "/upstream/" + name);
    }
    return out;
}

runtime::Task<> Catalog::watch() {
    CO_TRY(auto files, runtime::FileWatch::open(executor_));
    while (true) {
        files->set_folders(folders());
        auto changed = co_await runtime::with_deadline(look_every, files->wait_change());
        // An editor writes several times: read once, when it is quiet.
        while (changed) {
            changed = co_await runtime::with_deadline(settle_for, files->wait_change());
        }
        if (changed.error().kind == base::ErrorKind::cancelled) {
            co_return changed.error();
        }
        auto loaded = co_await load();
        if (loaded.has_error()) {
            log_.error("configuration not read", {{"error", loaded.error().message}});
        }
    }
}

}  // namespace itsup::services
