#pragma once

#include <deploy/port_gate.hpp>
#include <deploy/traefik_shifter.hpp>
#include <model/deployment.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <memory>

namespace itsup::deploy {

class TraefikPeer;
struct Operation;
struct WantedService;

/// A new Traefik in the place of an old one that shares its ports with it, without a lost request.
/// A Traefik that has just started answers 404 until its providers have loaded, and one that ends
/// resets what waits to be accepted: in both moments the gate is closed, and opened again whatever
/// happens.
class TraefikRoll {
  public:
    TraefikRoll(TraefikSettings settings, PortGate& gate, runtime::BlockingPool& pool,
                base::Logger& log)
        : settings_(std::move(settings)), gate_(gate), pool_(pool), log_(log) {}

    /// Afterwards only the new one is there; after an error, only the old one. Where it cannot be
    /// rolled (no API, no nft) it is recreated, and the transcript says why.
    runtime::Task<> run(const Operation& operation, const WantedService& service,
                        const model::ServicePlan& plan);
    /// At start: opens a gate that a dead daemon left closed.
    runtime::Task<> clean_up();

  private:
    struct Roll;

    static bool is_new(const Roll& roll, const TraefikPeer& peer);
    runtime::Task<> check(Roll& roll);
    runtime::Task<> create_new(Roll& roll);
    runtime::Task<> start_new(Roll& roll);
    runtime::Task<> start_behind_gate(Roll& roll);
    runtime::Task<std::unique_ptr<TraefikPeer>> meet_new(Roll& roll,
                                                         std::chrono::steady_clock::time_point end);
    runtime::Task<> wait_for_routers(Roll& roll);
    runtime::Task<> hand_over(Roll& roll);
    runtime::Task<> stop_old(Roll& roll);
    runtime::Task<> undo(Roll& roll);
    runtime::Task<> tidy_up(Roll& roll);
    runtime::Task<> advance(Roll& roll);
    /// What follows advance(), by how that ended: hand_over() or undo(), with the gate open
    /// afterwards.
    runtime::Task<> close_roll(Roll& roll, base::Result<> advanced);
    /// Waits until `listening` sockets listen and nothing waits on them.
    runtime::Task<bool> wait_for_listeners(std::set<std::uint16_t> ports, std::size_t listening,
                                           std::chrono::steady_clock::duration limit);

    TraefikSettings settings_;
    PortGate& gate_;
    runtime::BlockingPool& pool_;
    base::Logger& log_;
};

}  // namespace itsup::deploy
