#include <config/problem_limit.hpp>
#include <config/row_problem.hpp>
#include <config/variables.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::config {

namespace {

using model::Mark;
using model::Node;
using model::Problem;
using model::Problems;
using model::ProjectSource;
using model::Severity;

bool is_name_start(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name_part(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9');
}

/// Takes a variable's name off the front; empty when there is none.
std::string_view take_name(std::string_view& text) {
    std::size_t size = 0;
    while (size < text.size() && (size == 0 ? is_name_start(text[0]) : is_name_part(text[size])))
        ++size;
    const auto name = text.substr(0, size);
    text.remove_prefix(size);
    return name;
}

/// Takes everything up to the brace that closes `${` off the front.
void skip_braced(std::string_view& text) {
    std::size_t depth = 1;
    while (!text.empty() && depth > 0) {
        if (text.front() == '{')
            ++depth;
        if (text.front() == '}')
            --depth;
        text.remove_prefix(1);
    }
}

/// What becomes of a variable that is not set.
enum class Otherwise { empty, text, refused, passed_on };

struct Place {
    std::string file;
    Mark mark;
    std::string path;
    bool decides_volume = false;
};

struct Use {
    Place place;
    Otherwise otherwise = Otherwise::empty;
    std::size_t count = 0;
};

class VariableChecks {
  public:
    VariableChecks(const ProjectSource& source, const VariableScope& scope)
        : source_(source), scope_(scope) {}
    Problems run();

  private:
    void walk(const Node& node);
    void walk_names(const Node& list);
    void scan(std::string_view text, const Place& place);
    void scan_label(std::string_view text, const Place& place);
    void scan_rows();
    void add(std::string_view name, Otherwise otherwise, const Place& place);
    [[nodiscard]] bool is_name() const;
    [[nodiscard]] bool holds_names() const;
    [[nodiscard]] bool decides_volume() const;
    [[nodiscard]] Place here(Mark mark) const;
    [[nodiscard]] Problem problem_of(const std::string& name, const Use& use) const;
    [[nodiscard]] std::string way_out(const std::string& name) const;

    const ProjectSource& source_;
    const VariableScope& scope_;
    /// The keys down to the node that is looked at; a list's places are `[0]`.
    std::vector<std::string> path_;
    std::map<std::string, Use, std::less<>> found_;
};

Problems VariableChecks::run() {
    for (const auto& [key, value] : source_.compose.entries()) {
        if (key.text().starts_with("x-") || key.text() == "name")
            continue;
        path_ = {key.text()};
        walk(value);
    }
    if (source_.has_services())
        scan_rows();
    Problems problems;
    for (const auto& [name, use] : found_)
        problems.push_back(problem_of(name, use));
    return limit_problems(std::move(problems));
}

void VariableChecks::walk(const Node& node) {
    if (node.is_scalar()) {
        if (node.text().find('$') != std::string::npos)
            scan(node.text(), here(node.mark()));
        else if (is_name())
            add(node.text(), Otherwise::refused, here(node.mark()));
        return;
    }
    if (holds_names())
        walk_names(node);
    for (std::size_t i = 0; i < node.items().size(); ++i) {
        path_.push_back(fmt::format("[{}]", i));
        walk(node.items()[i]);
        path_.pop_back();
    }
    // Compose resolves values, never keys.
    for (const auto& [key, value] : node.entries()) {
        path_.push_back(key.text());
        walk(value);
        path_.pop_back();
    }
}

/// `- NAME` and `NAME:` pass a variable of Compose's own environment on.
void VariableChecks::walk_names(const Node& list) {
    for (const auto& item : list.items()) {
        if (item.is_scalar() && item.text().find_first_of("=$") == std::string::npos)
            add(item.text(), Otherwise::passed_on, here(item.mark()));
    }
    for (const auto& [key, value] : list.entries()) {
        if (value.is_null())
            add(key.text(), Otherwise::passed_on, here(key.mark()));
    }
}

/// `secrets: {key: {environment: NAME}}` takes its bytes from a variable.
bool VariableChecks::is_name() const {
    return path_.size() == 3 && (path_[0] == "secrets" || path_[0] == "configs") &&
           path_[2] == "environment";
}

bool VariableChecks::holds_names() const {
    if (path_.front() != "services" || path_.size() < 3)
        return false;
    return (path_.size() == 3 && path_[2] == "environment") ||
           (path_.size() == 4 && path_[2] == "build" && path_[3] == "args");
}

bool VariableChecks::decides_volume() const {
    if (path_.front() == "services")
        return path_.size() >= 3 && path_[2] == "volumes";
    return path_.front() == "volumes" && path_.size() >= 3 &&
           (path_[2] == "name" || path_[2] == "driver_opts");
}

Place VariableChecks::here(Mark mark) const {
    std::string path;
    for (const auto& key : path_)
        path += path.empty() || key.starts_with('[') ? key : "." + key;
    return {source_.compose_file, mark, std::move(path), decides_volume()};
}

void VariableChecks::scan(std::string_view text, const Place& place) {
    while (!text.empty()) {
        text.remove_prefix(std::min(text.find('$'), text.size()));
        text.remove_prefix(std::min<std::size_t>(1, text.size()));
        if (text.starts_with('$')) {
            text.remove_prefix(1);
            continue;
        }
        if (!text.starts_with('{')) {
            add(take_name(text), Otherwise::empty, place);
            continue;
        }
        text.remove_prefix(1);
        const auto name = take_name(text);
        if (text.starts_with(':'))
            text.remove_prefix(1);
        const char operation = text.empty() ? '}' : text.front();
        const bool has_text = operation == '-' || operation == '+';
        add(name,
            has_text           ? Otherwise::text
            : operation == '?' ? Otherwise::refused
                               : Otherwise::empty,
            place);
        // The text stands in while the variable is not set (`+`: while it is), and may hold others:
        // it is read on, its brace being text like any other.
        if (!has_text || scope_.known.contains(name) != (operation == '+'))
            skip_braced(text);
    }
}

/// Of a label: any `$` that does not open `${…}` is written so that it names nothing.
void VariableChecks::scan_label(std::string_view text, const Place& place) {
    while (true) {
        text.remove_prefix(std::min(text.find('$'), text.size()));
        const auto end = text.find('}');
        if (text.empty() || (text.starts_with("${") && end == std::string_view::npos))
            return;
        if (text.starts_with("${")) {
            scan(text.substr(0, end + 1), place);
            text.remove_prefix(end + 1);
        } else {
            text.remove_prefix(text.starts_with("$$") ? 2 : 1);
        }
    }
}

/// Routed names become labels.
void VariableChecks::scan_rows() {
    for (std::size_t i = 0; i < source_.config.ingress.size(); ++i) {
        const auto& row = source_.config.ingress[i];
        const auto place_of = [&](std::string_view key) {
            return Place{source_.config_file, row.mark_of(key), row_path(i, key)};
        };
        for (const auto& name : rule_names(row))
            scan_label(name, place_of(name_key(row)));
        scan_label(row.path_prefix.value_or(""), place_of("path_prefix"));
    }
}

void VariableChecks::add(std::string_view name, Otherwise otherwise, const Place& place) {
    if (name.empty() || scope_.known.contains(name))
        return;
    // What is not needed has changed only if the original's Compose had it.
    const bool is_needed = otherwise == Otherwise::empty || otherwise == Otherwise::refused;
    if (!is_needed && !scope_.root.contains(name))
        return;
    auto& use = found_[std::string(name)];
    if (use.count == 0 || (place.decides_volume && !use.place.decides_volume))
        use = {place, otherwise, use.count};
    ++use.count;
}

std::string VariableChecks::way_out(const std::string& name) const {
    const auto secrets = fmt::format("secrets/{}.txt", source_.name);
    if (scope_.root.contains(name))
        return fmt::format("the root's .env reaches no project: move it to {}", secrets);
    if (scope_.beside.contains(name))
        return fmt::format("Compose does not read projects/{}/.env: move it to {}", source_.name,
                           secrets);
    if (name == "PWD")
        return "write the folder itself, or a path that begins with ./ for the one in upstream/";
    return fmt::format("set it in {}, or write a default: ${{{}:-…}}", secrets, name);
}

Problem VariableChecks::problem_of(const std::string& name, const Use& use) const {
    std::string message;
    switch (use.otherwise) {
        case Otherwise::empty:
            message = fmt::format("{} is set nowhere that Compose looks and becomes empty", name);
            break;
        case Otherwise::text:
            message = fmt::format("{} takes its default and not what .env says", name);
            break;
        case Otherwise::refused:
            message = fmt::format("Compose refuses the file until {} is set", name);
            break;
        case Otherwise::passed_on:
            message = fmt::format("{} does not get here what .env says", name);
            break;
    }
    if (use.place.decides_volume && use.otherwise != Otherwise::refused)
        message += ": another volume or folder would be mounted";
    if (use.count > 1)
        message += fmt::format(" ({} places)", use.count);
    return {.severity = use.place.decides_volume ? Severity::error : Severity::warning,
            .file = use.place.file,
            .line = use.place.mark.line,
            .column = use.place.mark.column,
            .path = use.place.path,
            .message = std::move(message),
            .hint = way_out(name)};
}

}  // namespace

model::Problems check_variables(const ProjectSource& source, const VariableScope& scope) {
    return VariableChecks(source, scope).run();
}

}  // namespace itsup::config
