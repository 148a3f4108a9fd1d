#include <CLI/CLI.hpp>
#include <cli/completion.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace itsup::cli {

namespace {

Completes completes(const std::string& positional) {
    if (positional == "project") {
        return Completes::project;
    }
    return positional == "stack" ? Completes::stack : Completes::nothing;
}

void take_option(const CLI::Option& option, CommandShape& out) {
    std::vector<std::string> names;
    for (const auto& name : option.get_lnames()) {
        names.push_back("--" + name);
    }
    for (const auto& name : option.get_snames()) {
        names.push_back("-" + name);
    }
    out.options.insert(out.options.end(), names.begin(), names.end());
    if (option.get_items_expected_max() > 0) {
        out.valued.insert(out.valued.end(), names.begin(), names.end());
    }
}

std::string shell_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out + "'";
}

/// The shell's words for what the positional words of a command may be.
std::string words_of(const CommandShape& command) {
    switch (command.words) {
        case Completes::project:
        case Completes::stack:
            return "$(itsup stack-names 2>/dev/null)";
        case Completes::files:
        case Completes::nothing:
            break;
    }
    return fmt::format("{}", fmt::join(command.choices, " "));
}

constexpr std::string_view bash_frame =
    R"(# bash completion for itsup, made by: itsup completion bash
_itsup() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} command= i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${{COMP_WORDS[i]}} in
            --root) ((i++)) ;;
            -*) ;;
            *) command=${{COMP_WORDS[i]}}; break ;;
        esac
    done
    local words=
    case $command in
        '') words='{commands} --root --help' ;;
{cases}    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -F _itsup itsup
)";

std::string bash_script(const std::vector<CommandShape>& commands) {
    std::string names;
    std::string cases;
    for (const auto& command : commands) {
        names += (names.empty() ? "" : " ") + command.name;
        cases += fmt::format("        {}) words=\"{} {}\" ;;\n", command.name,
                             fmt::join(command.options, " "), words_of(command));
    }
    return fmt::format(bash_frame, fmt::arg("commands", names), fmt::arg("cases", cases));
}

constexpr std::string_view zsh_frame = R"(#compdef itsup
# zsh completion for itsup, made by: itsup completion zsh
_itsup() {{
    local command= i
    for ((i = 2; i < CURRENT; i++)); do
        case $words[i] in
            --root) ((i++)) ;;
            -*) ;;
            *) command=$words[i]; break ;;
        esac
    done
    local -a found
    case $command in
        '')
            found=({commands})
            _describe -t commands 'itsup command' found
            [[ $PREFIX == -* ]] && compadd -- --root --help
            ;;
{cases}    esac
}}
if [ "$funcstack[1]" = _itsup ]; then _itsup "$@"; else compdef _itsup itsup; fi
)";

std::string zsh_script(const std::vector<CommandShape>& commands) {
    std::string names;
    std::string cases;
    for (const auto& command : commands) {
        // A colon would end the name of what is described.
        auto description = command.description;
        std::ranges::replace(description, ':', ';');
        names += shell_quoted(command.name + ":" + description) + " ";
        cases += fmt::format("        {}) compadd -- {} {} ;;\n", command.name,
                             fmt::join(command.options, " "), words_of(command));
    }
    return fmt::format(zsh_frame, fmt::arg("commands", names), fmt::arg("cases", cases));
}

std::string fish_option(const CommandShape& command, const std::string& option) {
    const bool is_long = option.starts_with("--");
    const bool has_value = std::ranges::find(command.valued, option) != command.valued.end();
    return fmt::format("complete -c itsup -n '__fish_seen_subcommand_from {}' {} {}{}\n",
                       command.name, is_long ? "-l" : "-s", option.substr(is_long ? 2 : 1),
                       has_value ? " -r" : "");
}

std::string fish_script(const std::vector<CommandShape>& commands) {
    std::string out =
        "# fish completion for itsup, made by: itsup completion fish\ncomplete -c itsup -f\n"
        "complete -c itsup -l root -r\n";
    for (const auto& command : commands) {
        out += fmt::format("complete -c itsup -n __fish_use_subcommand -a {} -d {}\n", command.name,
                           shell_quoted(command.description));
        for (const auto& option : command.options) {
            out += fish_option(command, option);
        }
        auto words = words_of(command);
        if (words.starts_with('$')) {
            words = "(itsup stack-names 2>/dev/null)";
        }
        if (!words.empty()) {
            out += fmt::format("complete -c itsup -n '__fish_seen_subcommand_from {}' -a {}\n",
                               command.name, shell_quoted(words));
        }
    }
    return out;
}

}  // namespace

std::vector<CommandShape> shapes_of(const CLI::App& app) {
    std::vector<CommandShape> out;
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (command->get_group().empty()) {
            continue;
        }
        CommandShape shape{.name = command->get_name(), .description = command->get_description()};
        for (const auto* option : command->get_options()) {
            take_option(*option, shape);
            if (option->get_positional() && option->get_lnames().empty()) {
                shape.words = completes(option->get_name());
                if (option->get_name() == "shell") {
                    shape.choices = {"bash", "zsh", "fish"};  // no-shell-lint: names of scripts
                }
            }
        }
        out.push_back(std::move(shape));
    }
    return out;
}

base::Result<std::string> completion_script(std::string_view shell,
                                            const std::vector<CommandShape>& commands) {
    if (shell == "bash") {  // no-shell-lint: the name of a script
        return bash_script(commands);
    }
    if (shell == "zsh") {  // no-shell-lint: the name of a script
        return zsh_script(commands);
    }
    if (shell == "fish") {
        return fish_script(commands);
    }
    return base::make_error(base::ErrorKind::invalid,
                            fmt::format("\"{}\" is not one of bash, zsh, fish", shell));
}

}  // namespace itsup::cli
