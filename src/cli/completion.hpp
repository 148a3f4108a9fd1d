#pragma once

#include <base/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace itsup::cli {

/// What a word of a command can be completed to.
enum class Completes { nothing, project, stack, files };

struct CommandShape {
    std::string name;
    std::string description;
    /// `--follow`, `-f`.
    std::vector<std::string> options;
    /// Of those, the ones that take a value.
    std::vector<std::string> valued;
    Completes words = Completes::nothing;
    /// Fixed words, for instance of `completion`.
    std::vector<std::string> choices;
};

/// The commands and options as they were declared, so that a completion cannot fall behind.
std::vector<CommandShape> shapes_of(const CLI::App& app);

/// A script for bash, zsh or fish; `invalid` for another shell.
base::Result<std::string> completion_script(std::string_view shell,
                                            const std::vector<CommandShape>& commands);

}  // namespace itsup::cli
