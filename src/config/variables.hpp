#pragma once

#include <model/problem.hpp>
#include <model/project_config.hpp>

#include <functional>
#include <set>
#include <string>

namespace itsup::config {

using VariableNames = std::set<std::string, std::less<>>;

/// Who defines what, by names alone.
struct VariableScope {
    /// What Compose resolves `${…}` with: the project's secrets, `.env` beside the generated file,
    /// and the few names of the process that it is given.
    VariableNames known;
    /// Of the root's `.env`, which reaches no project; the original's Compose had it.
    VariableNames root;
    /// Of `.env` beside the person's file, which Compose does not read.
    VariableNames beside;
};

/// Names each variable of the Compose file and of the routed names that Compose would take for
/// empty, or for a default in place of what the root's `.env` says. An error where it decides which
/// volume is mounted, a warning elsewhere; one problem a name, at its worst place.
model::Problems check_variables(const model::ProjectSource& source, const VariableScope& scope);

}  // namespace itsup::config
