#pragma once

#include <compose/runner.hpp>
#include <model/document.hpp>
#include <model/names.hpp>
#include <model/problem.hpp>
#include <runtime/task.hpp>
#include <services/install_root.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::services {

/// A Compose file that is to be written, and the person's own, in which places are shown.
struct ComposeDraft {
    model::ProjectName name;
    std::string text;
    std::string source_file;
    model::Node source;
};

/// Asks Compose itself whether it takes a file (contract §7.1), by standard input: nothing needs to
/// be written. `${…}` stay as they are, so no secret is needed and none is read.
class ComposeCheck {
  public:
    /// How many at once in check_all().
    static constexpr std::size_t workers = 4;

    ComposeCheck(InstallRoot root, compose::RunnerSettings settings)
        : root_(std::move(root)), limit_(settings.config_max), runner_(std::move(settings)) {}

    /// What Compose refuses. One warning when there is no Compose that could be asked.
    runtime::Task<model::Problems> check(ComposeDraft draft);
    /// The same for many, by project; the warning stands under "".
    runtime::Task<std::map<std::string, model::Problems>> check_all(
        std::vector<ComposeDraft> drafts);

  private:
    struct Round;
    runtime::Task<model::Problems> ask(const ComposeDraft& draft);
    runtime::Task<> work(Round& round);
    runtime::Task<> run(const ComposeDraft& draft, std::string directory);

    InstallRoot root_;
    std::chrono::seconds limit_;
    compose::Runner runner_;
};

/// What Compose said, at the place in the person's file that it is about.
model::Problem problem_of_compose(const ComposeDraft& draft, std::string_view said);

}  // namespace itsup::services
