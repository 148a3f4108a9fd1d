#pragma once
// Programs that a command hands its terminal to: the daemon never does, it uses subprocess.hpp.

#include <base/result.hpp>
#include <runtime/subprocess.hpp>

#include <map>
#include <string>
#include <vector>

namespace itsup::runtime {

/// A program with nothing but this environment, found in its PATH.
struct TerminalProgram {
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment;
    /// Empty: stays where we are.
    std::string directory = {};
};

/// Becomes the program: its exit code, its terminal and every signal are then its own. Returns only
/// when that failed.
base::Error become(const TerminalProgram& program);

/// Runs it on our terminal and waits. The interrupt keys are for it, not for us, as long as it
/// runs. Blocking.
base::Result<ExitStatus> run_on_terminal(const TerminalProgram& program);

}  // namespace itsup::runtime
