#include <artifacts/diff.hpp>
#include <runtime/files.hpp>
#include <services/preparation.hpp>
#include <services/root_folder.hpp>
#include <services/root_reader.hpp>
#include <services/variables.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace itsup::services {

namespace {

bool writes_artifacts(model::DeploymentAction action) {
    return action == model::DeploymentAction::deploy || action == model::DeploymentAction::up ||
           action == model::DeploymentAction::scale;
}

/// Of what was rendered; dns and proxy have no files of a person's.
void check_variables(const InstallRoot& root, const SecretSet& secrets, Rendering& rendering) {
    if (!rendering.source) {
        return;
    }
    std::ranges::move(Variables(root).check(*rendering.source, secrets),
                      std::back_inserter(rendering.warnings));
}

}  // namespace

deploy::Masker Preparation::masker(const model::ProjectName& name) const {
    // With the secrets as they are, and were, when something is said.
    return [&secrets = secrets_, name](std::string_view text) {
        std::string out(text);
        if (const auto masker = secrets.masker_of(name.view())) {
            masker->mask(out);
        }
        return out;
    };
}

runtime::Task<Rendering> Preparation::render(model::ProjectName name) {
    // Copied: the pool must not read what the loop may change.
    const auto inputs = std::make_shared<const RenderInputs>(
        RenderInputs{secrets_.of("itsup").values, settings_.listen, settings_.traefik_token});
    auto work = [this, name, inputs, own = secrets_.of(name.view())]() -> base::Result<Rendering> {
        TRY(auto rendering, render_stack(root_, name, *inputs));
        check_variables(root_, own, rendering);
        return rendering;
    };
    CO_TRY(auto rendering, co_await pool_.run(std::move(work)));
    if (auto error = first_error(rendering.warnings); !error.empty()) {
        co_return base::make_error(base::ErrorKind::conflict, std::move(error));
    }
    if (rendering.draft) {
        CO_TRY(auto problems, co_await compose_.check(*std::move(rendering.draft)));
        if (auto error = first_error(problems); !error.empty()) {
            co_return base::make_error(base::ErrorKind::conflict, std::move(error));
        }
        std::ranges::move(problems, std::back_inserter(rendering.warnings));
    }
    co_return rendering;
}

runtime::Task<deploy::DeployTarget> Preparation::target(model::ProjectName name) const {
    const bool infrastructure = name.view() == "dns" || name.view() == "proxy";
    const auto& set = secrets_.of(infrastructure ? "itsup" : name.view());
    if (set.error) {
        co_return base::Error(*set.error).with_context("secrets");
    }
    const auto directory = root_.stack(name);
    co_return deploy::DeployTarget{.project = std::move(name),
                                   .directory = directory,
                                   .compose_file = directory + "/docker-compose.yml",
                                   .secrets = set.values};
}

/// Somebody may have saved a file a moment ago: what is deployed now must have it.
runtime::Task<> Preparation::renew_secrets(model::ProjectName name) {
    CO_TRY_VOID(co_await secrets_.renew("itsup"));
    if (name.view() != "dns" && name.view() != "proxy") {
        CO_TRY_VOID(co_await secrets_.renew(name.str()));
    }
    co_return base::Result<>{};
}

runtime::Task<Draft> Preparation::draft(model::ProjectName name) {
    CO_TRY_VOID(co_await renew_secrets(name));
    CO_TRY(auto wanted, co_await target(name));
    CO_TRY(auto rendering, co_await render(name));
    Draft out{.target = std::move(wanted), .files = {}, .warnings = std::move(rendering.warnings)};
    out.target.networks = std::move(rendering.networks);
    out.target.enabled = rendering.enabled;
    const auto mask = masker(name);
    auto look = [this, files = rendering.files]() -> base::Result<artifacts::ArtifactSet> {
        return read_current(root_, files);
    };
    CO_TRY(const auto current, co_await pool_.run(std::move(look)));
    take_text(rendering, out.target);
    out.files = artifacts::diff_sets(current, rendering.files);
    for (auto& file : out.files) {
        file.diff = mask ? mask(file.diff) : std::move(file.diff);
    }
    co_return out;
}

void Preparation::take_text(const Rendering& rendering, deploy::DeployTarget& target) const {
    for (const auto& [path, artifact] : rendering.files) {
        if (root_.path + "/" + path == target.compose_file) {
            target.compose_text = artifact.bytes;
        }
    }
}

deploy::Prepare Preparation::prepare(model::ProjectName name, model::DeploymentAction action) {
    return [this, name = std::move(name), action](deploy::Transcript& transcript) {
        return run(name, action, transcript);
    };
}

runtime::Task<deploy::DeployTarget> Preparation::by_containers(model::ProjectName name) const {
    const auto directory = root_.stack(name);
    co_return deploy::DeployTarget{.project = std::move(name),
                                   .directory = directory,
                                   .compose_file = {},
                                   .by_containers = true};
}

deploy::Prepare Preparation::prepare_orphan(model::ProjectName name) {
    return [this, name = std::move(name)](deploy::Transcript&) { return by_containers(name); };
}

runtime::Task<deploy::DeployTarget> Preparation::fresh_target(model::ProjectName name) {
    CO_TRY_VOID(co_await renew_secrets(name));
    co_return co_await target(name);
}

runtime::Task<> Preparation::write(Rendering rendering, deploy::Transcript& transcript) {
    deploy::StepScope step(transcript, "render");
    auto exact = std::move(rendering.exact);
    auto work = [root = root_, tree = tree_of(std::move(rendering)),
                 exact = std::move(exact)]() -> base::Result<runtime::TreeChanges> {
        TRY(const auto folder, open_root(root));
        return folder.write_tree(tree, exact);
    };
    auto written = co_await writer_.run(std::move(work));
    if (written.has_error()) {
        co_return step.fail(std::move(written).error());
    }
    if (!written->given_up.empty()) {
        step.line("warning: " + written->given_up);
    }
    for (const auto& path : written->written) {
        step.line("wrote " + path);
    }
    for (const auto& path : written->removed) {
        step.line("removed " + path);
    }
    if (written->written.empty() && written->removed.empty()) {
        step.line("nothing to write: the artifacts are up to date");
    }
    step.succeed();
    co_return base::Result<>{};
}

runtime::Task<deploy::DeployTarget> Preparation::run(model::ProjectName name,
                                                     model::DeploymentAction action,
                                                     deploy::Transcript& transcript) {
    auto found = co_await fresh_target(name);
    if (found.has_error() && found.error().kind != base::ErrorKind::cancelled &&
        deploy::can_go_by_containers(action)) {
        // Who wants something stopped need not mend its secrets first.
        transcript.note("secrets", "", model::StepState::skipped,
                        fmt::format("going by the containers alone: {}", found.error().message));
        co_return co_await by_containers(name);
    }
    CO_TRY(auto wanted, std::move(found));
    const bool pulls = action == model::DeploymentAction::pull;
    if (!pulls && !writes_artifacts(action)) {
        co_return wanted;
    }
    deploy::StepScope validating(transcript, "validate");
    auto made = co_await render(name);
    if (made.has_error()) {
        co_return validating.fail(std::move(made).error());
    }
    auto rendering = *std::move(made);
    for (const auto& warning : rendering.warnings) {
        validating.line(fmt::format("warning: {}", model::describe(warning)));
    }
    validating.succeed();
    if (pulls) {
        take_text(rendering, wanted);
        co_return wanted;
    }
    wanted.networks = std::move(rendering.networks);
    wanted.enabled = rendering.enabled;

    CO_TRY_VOID(co_await write(std::move(rendering), transcript));
    co_return wanted;
}

}  // namespace itsup::services
