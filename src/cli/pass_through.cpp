#include <cli/host_gate.hpp>
#include <cli/pass_through.hpp>
#include <model/names.hpp>
#include <services/catalog.hpp>
#include <services/rendering.hpp>
#include <services/root_reader.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string_view>
#include <utility>

namespace itsup::cli {

namespace {

constexpr std::array terminal_variables{"TERM",   "COLORTERM", "COLUMNS",  "LINES", "LANG",
                                        "LC_ALL", "LC_CTYPE",  "NO_COLOR", "TZ"};

/// What makes or starts containers, or gets their images. `up` of dns and proxy is a deploy.
constexpr std::array bringing_up{"up",  "create", "start", "restart", "unpause",
                                 "run", "scale",  "watch", "pull"};

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

base::Error no_such_project(const services::InstallRoot& root, const std::string& name) {
    std::vector<std::string> known;
    if (const auto view = services::read_view(root)) {
        for (const auto& [one, entry] : view->projects) {
            known.push_back(one);
        }
    }
    return base::make_error(
        base::ErrorKind::not_found,
        fmt::format(
            "there is no project \"{}\"; there {} {}", name, known.size() == 1 ? "is" : "are",
            known.empty() ? std::string("none") : fmt::format("{}", fmt::join(known, ", "))));
}

/// One that is configured, or was and has its generated files still: those need care the most.
base::Result<> check_project(const services::InstallRoot& root, const std::string& name) {
    const auto parsed = model::ProjectName::parse(name);
    if (!parsed || (!exists(root.projects() + "/" + name) && !exists(root.upstream(*parsed)))) {
        return no_such_project(root, name);
    }
    return {};
}

/// Files of an older format may mean something else, so what was made from them is not brought up
/// (contract §17); it can be looked at and stopped.
base::Result<> check_schema(const services::InstallRoot& root, const Words& words) {
    if (words.empty() || std::ranges::find(bringing_up, words.front()) == bringing_up.end()) {
        return {};
    }
    TRY(const auto loaded, services::load_root(root));
    const auto wrong = services::first_error(loaded.concerning({}));
    return wrong.empty() ? base::Result<>{} : base::make_error(base::ErrorKind::invalid, wrong);
}

bool has_option(const Words& words, std::initializer_list<std::string_view> names) {
    return std::ranges::any_of(words, [&](const std::string& word) {
        const std::string_view name = std::string_view(word).substr(0, word.find('='));
        return std::ranges::find(names, name) != names.end();
    });
}

}  // namespace

std::map<std::string, std::string> terminal_environment(const Installation& installation) {
    auto out = installation.compose_environment;
    for (const auto* name : terminal_variables) {
        if (const char* value = std::getenv(name)) {
            out.emplace(name, value);
        }
    }
    return out;
}

base::Result<runtime::TerminalProgram> compose_program(const Installation& installation,
                                                       const std::string& stack,
                                                       const Words& words) {
    TRY(const auto name, model::ProjectName::parse(stack));
    const auto directory = installation.root.stack(name);
    const auto file = directory + "/docker-compose.yml";
    if (!exists(file)) {
        return base::make_error(
            base::ErrorKind::not_found,
            fmt::format("{} was never generated ({} is missing): run `itsup apply {}` first", stack,
                        file, stack));
    }
    const bool infrastructure = stack == "dns" || stack == "proxy";
    TRY(const auto secrets, read_secrets(installation, infrastructure ? "itsup" : stack));
    runtime::TerminalProgram out{.arguments = {"docker", "compose", "--project-directory",
                                               directory, "-p", stack, "-f", file},
                                 .environment = terminal_environment(installation)};
    out.arguments.insert(out.arguments.end(), words.begin(), words.end());
    for (const auto& [key, value] : secrets) {
        out.environment.insert_or_assign(key, value.reveal());
    }
    return out;
}

int hand_over(const base::Result<runtime::TerminalProgram>& program) {
    return fail(program ? runtime::become(*program) : program.error());
}

Words complete_up(Words words) {
    if (words.empty() || words.front() != "up") {
        return words;
    }
    if (!has_option(words, {"-d", "--detach", "--no-detach", "--abort-on-container-exit",
                            "--attach", "--exit-code-from"})) {
        words.insert(words.begin() + 1, "-d");
    }
    if (!has_option(words, {"--pull"})) {
        words.insert(words.begin() + 1, {"--pull", "always"});
    }
    return words;
}

int run_svc(const Context& context, const Words& words) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    if (words.size() < 2) {
        return fail_usage("say a project and what docker compose is to do: itsup svc shop ps");
    }
    if (const auto here = check_host(*installation); here.has_error()) {
        return fail(here.error());
    }
    const auto& project = words.front();
    if (const auto known = check_project(installation->root, project); known.has_error()) {
        return fail(known.error());
    }
    const Words command{words.begin() + 1, words.end()};
    if (const auto current = check_schema(installation->root, command); current.has_error()) {
        return fail(current.error());
    }
    return hand_over(compose_program(*installation, project, complete_up(command)));
}

int run_stack_command(const Context& context, const std::string& stack, const Words& words) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    if (const auto here = check_host(*installation); here.has_error()) {
        return fail(here.error());
    }
    if (const auto current = check_schema(installation->root, words); current.has_error()) {
        return fail(current.error());
    }
    return hand_over(compose_program(*installation, stack, words));
}

}  // namespace itsup::cli
