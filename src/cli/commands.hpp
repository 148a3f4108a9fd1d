#pragma once

#include <cli/context.hpp>

#include <memory>

namespace CLI {
class App;
}

namespace itsup::cli {

/// Registers every command but `serve` and runs the one that was parsed.
class Commands {
  public:
    Commands(CLI::App& app, Context context);
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
