#pragma once

#include <cli/context.hpp>
#include <runtime/terminal_process.hpp>

#include <string>
#include <vector>

namespace itsup::cli {

using Words = std::vector<std::string>;

/// What children on the terminal see: what all children see, and what says how the terminal is.
std::map<std::string, std::string> terminal_environment(const Installation& installation);

/// `docker compose … WORDS` on the stack's generated file, with its secrets, always under its own
/// name. not_found when it was never generated. Blocking.
base::Result<runtime::TerminalProgram> compose_program(const Installation& installation,
                                                       const std::string& stack,
                                                       const Words& words);

/// Becomes the program; returns only when that failed, with the exit code.
int hand_over(const base::Result<runtime::TerminalProgram>& program);

/// `up` of a project by hand is detached and pulls, unless the words say otherwise.
Words complete_up(Words words);

/// `itsup svc PROJECT WORDS…`, `itsup dns WORDS…`, `itsup proxy WORDS…`: docker compose itself,
/// with its exit code, terminal and signals. Needs no daemon.
int run_svc(const Context& context, const Words& words);
int run_stack_command(const Context& context, const std::string& stack, const Words& words);

}  // namespace itsup::cli
