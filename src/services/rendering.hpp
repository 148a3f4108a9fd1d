#pragma once

#include <artifacts/artifact_set.hpp>
#include <artifacts/upstream.hpp>
#include <base/result.hpp>
#include <base/secret.hpp>
#include <config/load.hpp>
#include <deploy/target.hpp>
#include <model/names.hpp>
#include <model/problem.hpp>
#include <model/project_config.hpp>
#include <runtime/files.hpp>
#include <services/compose_check.hpp>
#include <services/install_root.hpp>
#include <services/secret_store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace itsup::services {

/// Where the daemon listens: the proxy's own route leads there.
struct ListenAddress {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;
};

/// What a rendering needs beside the root's files.
struct RenderInputs {
    /// Of the infrastructure.
    SecretMap secrets;
    ListenAddress listen;
    /// Empty: Traefik's API answers every local caller.
    base::Secret traefik_token;
};

/// What was made of the files of one stack, and where it goes.
struct Rendering {
    artifacts::ArtifactSet files;
    /// projects/P/files, to lie in upstream/P/files; with the folder in `exact`.
    runtime::FileTree mirror;
    std::vector<std::string> exact;
    /// Must exist before the stack is brought up.
    std::vector<deploy::SharedNetwork> networks;
    bool enabled = true;
    model::Problems warnings;
    /// As its files say it is; a project's only.
    std::optional<model::ProjectSource> source;
    /// What Compose is to be asked about before anything is written; a project's only.
    std::optional<ComposeDraft> draft;
};

/// All files of a rendering with their permission bits, relative to the root.
runtime::FileTree tree_of(Rendering rendering);

/// dns, proxy or a project, read fresh and validated: ErrorKind::conflict with the first problem.
/// The dns stack of a root with a `dns/` of its own has no files. Blocking.
base::Result<Rendering> render_stack(const InstallRoot& root, const model::ProjectName& name,
                                     const RenderInputs& inputs);

/// What stops the proxy's files from being made: settings and secrets that are missing, values that
/// hold a `${…}`. With the secrets' own problems; without the root's, which the root names itself.
model::Problems proxy_problems(const InstallRoot& root, const config::LoadedRoot& loaded,
                               const SecretSet& infrastructure, const ListenAddress& listen);

/// What Compose would get of a project; nothing for one without services or with a name that it
/// does not take.
std::optional<ComposeDraft> compose_draft(const model::ProjectSource& source,
                                          const artifacts::RootView& view);

/// Every generated file of a root, and the folders in which nothing else may lie.
struct WholeRoot {
    runtime::FileTree tree;
    std::vector<std::string> exact;
};

/// One problem anywhere and there is none. Blocking.
base::Result<WholeRoot> render_everything(const InstallRoot& root, const RenderInputs& inputs);

/// The first error of a list as `file:line: message`; empty when there is none.
std::string first_error(const model::Problems& problems);

}  // namespace itsup::services
