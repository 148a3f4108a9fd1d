#pragma once

#include <base/log.hpp>
#include <runtime/task.hpp>
#include <services/catalog.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace itsup::services {

/// Whether the hosts of host-only projects answer on the ports of their rows: a TCP connection now
/// and then, and nothing sent over it. Lives on the loop.
class Reachability {
  public:
    static constexpr std::chrono::seconds ask_every{30};
    static constexpr std::chrono::seconds answer_max{2};

    explicit Reachability(const Catalog& catalog) : catalog_(catalog) {}

    /// nullopt until the first answer.
    [[nodiscard]] std::optional<bool> of(std::string_view project) const;
    [[nodiscard]] std::uint64_t revision() const { return revision_; }
    void on_change(std::function<void(const std::string&)> listener);
    /// Asks until cancelled.
    runtime::Task<> watch();

  private:
    runtime::Task<> ask_all();
    runtime::Task<bool> ask(std::string host, std::vector<int> ports);

    const Catalog& catalog_;
    std::map<std::string, bool, std::less<>> reachable_;
    std::uint64_t revision_ = 0;
    std::function<void(const std::string&)> listener_;
};

}  // namespace itsup::services
