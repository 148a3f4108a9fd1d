#pragma once

#include <base/log.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace itsup::deploy {

struct PortGateSettings {
    std::string program = "nft";
    /// PATH and the like.
    std::map<std::string, std::string> environment;
    /// Of ours alone: nothing else is ever in it.
    std::string table = "itsup_gate";
};

/// Keeps new TCP connections to some ports of this host waiting for a moment: their first packet is
/// dropped, and the client's kernel sends it again a second later. What is open already is not
/// touched. One nft table of ours, whose ports expire by themselves, so that not even a crash can
/// leave a gate closed.
class PortGate {
  public:
    explicit PortGate(PortGateSettings settings) : settings_(std::move(settings)) {}

    /// unavailable when nft is missing or may not change the rules here.
    runtime::Task<> check();
    /// For at most `limit`, whatever happens to us.
    runtime::Task<> close(std::set<std::uint16_t> ports, std::chrono::seconds limit);
    /// Not an error when it is open.
    runtime::Task<> open();

  private:
    runtime::Task<> run(std::string script);

    PortGateSettings settings_;
};

}  // namespace itsup::deploy
