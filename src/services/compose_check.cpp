#include <services/compose_check.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace itsup::services {

namespace {

bool is_folder(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool is_missing_file(std::string_view said) {
    return said.find("no such file") != std::string_view::npos;
}

void remove_prefix(std::string_view& text, std::string_view prefix) {
    if (text.starts_with(prefix)) {
        text.remove_prefix(prefix.size());
    }
}

/// `validating -: ` and `validating /a/file: ` say nothing that a person does not know.
std::string_view without_front(std::string_view said) {
    remove_prefix(said, "docker compose config: ");
    remove_prefix(said, "docker compose -: ");
    if (said.starts_with("validating ")) {
        said.remove_prefix(std::min(said.find(": "), said.size()));
        remove_prefix(said, ": ");
    }
    return said;
}

/// The key that a message calls superfluous: `Additional property prots is not allowed`, in newer
/// versions `additional properties 'prots' not allowed`.
std::string_view superfluous_key(std::string_view said) {
    for (const std::string_view words : {"dditional property ", "dditional properties '"}) {
        const auto at = said.find(words);
        if (at != std::string_view::npos) {
            said.remove_prefix(at + words.size());
            return said.substr(0, said.find_first_of(" '"));
        }
    }
    return {};
}

/// Where the key path `path` leads to, as far as the tree goes with it. Keys may hold dots.
model::Mark mark_of(const model::Node& top, std::string_view path) {
    const auto* node = &top;
    model::Mark mark;
    while (!path.empty()) {
        const model::Entry* next = nullptr;
        for (const auto& entry : node->entries()) {
            const auto& key = entry.key.text();
            if (path == key || (path.starts_with(key) && path[key.size()] == '.')) {
                next = &entry;
            }
        }
        if (next == nullptr) {
            break;
        }
        mark = next->key.mark();
        path.remove_prefix(std::min(next->key.text().size() + 1, path.size()));
        node = &next->value;
    }
    return mark;
}

model::Problem not_asked(const base::Error& error) {
    return {.severity = model::Severity::warning,
            .message = "not checked by Compose: " + error.message};
}

}  // namespace

model::Problem problem_of_compose(const ComposeDraft& draft, std::string_view said) {
    said = without_front(said);
    auto path = std::string(said.substr(0, said.find(' ')));
    if (path.find('.') == std::string::npos || !draft.source.find(path.substr(0, path.find('.')))) {
        path.clear();
    }
    if (const auto key = superfluous_key(said); !key.empty()) {
        path += path.empty() ? key : fmt::format(".{}", key);
    }
    const auto mark = mark_of(draft.source, path);
    return {.file = draft.source_file,
            .line = mark.line,
            .column = mark.column,
            .path = std::move(path),
            .message = fmt::format("Compose refuses it: {}", said)};
}

runtime::Task<> ComposeCheck::run(const ComposeDraft& draft, std::string directory) {
    const compose::Project project{.name = draft.name, .directory = directory, .file = "-"};
    compose::Invocation invocation{.arguments = compose::config_check(project),
                                   .directory = root_.path,
                                   .input = draft.text,
                                   .limit = limit_};
    CO_TRY(const auto output, co_await runner_.capture(std::move(invocation)));
    static_cast<void>(output);
    co_return base::Result<>{};
}

/// Files that it extends or includes lie in files/, which only the person's folder has before the
/// first deploy, or where containers keep what is theirs.
runtime::Task<model::Problems> ComposeCheck::ask(const ComposeDraft& draft) {
    auto answer = co_await run(draft, fmt::format("{}/{}", root_.projects(), draft.name));
    const auto deployed = root_.upstream(draft.name);
    if (answer.has_error() && is_missing_file(answer.error().message) && is_folder(deployed)) {
        answer = co_await run(draft, deployed);
    }
    if (!answer.has_error()) {
        co_return model::Problems{};
    }
    if (answer.error().kind == base::ErrorKind::cancelled) {
        co_return answer.error();
    }
    const auto& said = answer.error().message;
    if (answer.error().kind == base::ErrorKind::timed_out) {
        co_return model::Problems{{.file = draft.source_file, .message = "Compose: " + said}};
    }
    // Older versions look for env files under names that nothing has resolved here.
    if (is_missing_file(said) && said.find("${") != std::string::npos) {
        co_return model::Problems{};
    }
    co_return model::Problems{problem_of_compose(draft, said)};
}

runtime::Task<model::Problems> ComposeCheck::check(ComposeDraft draft) {
    auto version = co_await runner_.version();
    if (version.has_error()) {
        if (version.error().kind == base::ErrorKind::cancelled) {
            co_return version.error();
        }
        co_return model::Problems{not_asked(version.error())};
    }
    co_return co_await ask(draft);
}

struct ComposeCheck::Round {
    std::vector<ComposeDraft> drafts;
    std::size_t next = 0;
    std::map<std::string, model::Problems> found = {};
};

runtime::Task<> ComposeCheck::work(Round& round) {
    while (round.next < round.drafts.size()) {
        const auto& draft = round.drafts[round.next++];
        CO_TRY(auto problems, co_await ask(draft));
        if (!problems.empty()) {
            round.found[draft.name.str()] = std::move(problems);
        }
    }
    co_return base::Result<>{};
}

runtime::Task<std::map<std::string, model::Problems>> ComposeCheck::check_all(
    std::vector<ComposeDraft> drafts) {
    using namespace runtime::asio::experimental::awaitable_operators;
    static_assert(workers == 4);
    Round round{std::move(drafts)};
    auto version = co_await runner_.version();
    if (version.has_error()) {
        if (version.error().kind == base::ErrorKind::cancelled) {
            co_return version.error();
        }
        round.found[""].push_back(not_asked(version.error()));
        co_return std::move(round.found);
    }
    const auto [first, second, third, fourth] =
        co_await (work(round) && work(round) && work(round) && work(round));
    for (const auto* done : {&first, &second, &third, &fourth}) {
        CO_TRY_VOID(*done);
    }
    co_return std::move(round.found);
}

}  // namespace itsup::services
