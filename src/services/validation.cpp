#include <services/catalog.hpp>
#include <services/mirror.hpp>
#include <services/root_reader.hpp>
#include <services/validation.hpp>
#include <services/variables.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace itsup::services {

namespace {

void append(model::Problems& to, model::Problems from) {
    std::ranges::move(from, std::back_inserter(to));
}

/// A Compose file that we refuse ourselves is not shown to Compose: it would say the same again.
bool is_worth_asking(const model::ProjectSource& source, const model::Problems& problems) {
    return std::ranges::none_of(problems, [&](const model::Problem& problem) {
        return problem.severity == model::Severity::error && problem.file == source.compose_file;
    });
}

}  // namespace

runtime::Task<Validation::Loaded> Validation::load() {
    auto work = [root = root_]() -> base::Result<Loaded> {
        TRY(auto loaded, load_root(root));
        return std::make_shared<config::LoadedRoot>(std::move(loaded));
    };
    co_return co_await pool_.run(std::move(work));
}

/// Of `only`, or of all projects when that is empty.
runtime::Task<std::map<std::string, model::Problems>> Validation::ask_compose(Loaded loaded,
                                                                              std::string only) {
    auto work = [loaded, only]() -> base::Result<std::vector<ComposeDraft>> {
        std::vector<ComposeDraft> drafts;
        const artifacts::RootView view(loaded->config);
        for (const auto& source : loaded->config.projects) {
            if ((!only.empty() && source.name != only) ||
                !is_worth_asking(source, loaded->project_problems[source.name])) {
                continue;
            }
            if (auto draft = compose_draft(source, view)) {
                drafts.push_back(*std::move(draft));
            }
        }
        return drafts;
    };
    CO_TRY(auto drafts, co_await pool_.run(std::move(work)));
    if (drafts.empty()) {
        co_return std::map<std::string, model::Problems>{};
    }
    co_return co_await compose_.check_all(std::move(drafts));
}

runtime::Task<model::Problems> Validation::project(std::string name, AskCompose asking) {
    CO_TRY(auto loaded, co_await load());
    if (loaded->config.find(name) == nullptr) {
        co_return base::make_error(base::ErrorKind::not_found,
                                   fmt::format("there is no project \"{}\"", name));
    }
    CO_TRY_VOID(co_await secrets_.renew(name));
    auto work = [root = root_, loaded, name, secrets = secrets_.of(name),
                 environment = environment_]() -> base::Result<model::Problems> {
        const Variables variables(root, environment);
        auto found = variables.check(*loaded->config.find(name), secrets);
        append(found, variables.root_problems());
        append(found, check_mirror(root, name));
        return found;
    };
    CO_TRY(auto found, co_await pool_.run(std::move(work)));
    auto problems = loaded->concerning(name);
    append(problems, std::move(found));
    append(problems, problems_of(secrets_.of(name)));
    if (asking == AskCompose::yes) {
        CO_TRY(auto said, co_await ask_compose(loaded, name));
        for (auto& [project, refused] : said) {
            append(problems, std::move(refused));
        }
    }
    co_return problems;
}

runtime::Task<model::Problems> Validation::everything(AskCompose asking) {
    CO_TRY(auto loaded, co_await load());
    std::vector<std::string> names;
    for (const auto& source : loaded->config.projects) {
        names.push_back(source.name);
    }
    CO_TRY_VOID(co_await secrets_.refresh(names));
    auto work = [root = root_, loaded, own = own_secrets(loaded->config.projects, secrets_),
                 secrets = secrets_.of("itsup"), listen = listen_,
                 environment =
                     environment_]() -> base::Result<std::map<std::string, model::Problems>> {
        const Variables variables(root, environment);
        auto found = variables.check_all(loaded->config.projects, own);
        for (const auto& source : loaded->config.projects) {
            append(found[source.name], check_mirror(root, source.name));
        }
        found[""] = variables.root_problems();
        append(found[""],
               proxy_problems(root, *loaded, secrets, listen.value_or(listen_address_of(*loaded))));
        return found;
    };
    CO_TRY(auto found, co_await pool_.run(std::move(work)));
    auto problems = loaded->root_problems;
    append(problems, std::move(found[""]));
    std::map<std::string, model::Problems> said;
    if (asking == AskCompose::yes) {
        CO_TRY(said, co_await ask_compose(loaded, {}));
    }
    append(problems, std::move(said[""]));
    for (const auto& name : names) {
        append(problems, std::move(loaded->project_problems[name]));
        append(problems, std::move(found[name]));
        append(problems, problems_of(secrets_.of(name)));
        append(problems, std::move(said[name]));
    }
    co_return problems;
}

}  // namespace itsup::services
