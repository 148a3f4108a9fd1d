#pragma once

#include <cli/context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace itsup::cli {

/// Registers every command but `serve` and runs the one that was parsed.
class Commands {
  public:
    Commands(CLI::App& app, std::string version,
             std::function<base::Result<services::InstallRoot>()> find_root,
             std::function<base::Result<services::InstallRoot>()> ensure_root,
             std::function<base::Result<Installation>()> find_installation);
    ~Commands();
    Commands(const Commands&) = delete;
    Commands& operator=(const Commands&) = delete;

    /// The exit code.
    int run();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace itsup::cli
