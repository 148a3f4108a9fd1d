#pragma once

#include <deploy/operation.hpp>
#include <deploy/transcript.hpp>
#include <deploy/wanted.hpp>
#include <model/container.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace itsup::deploy {

enum class Verdict { ready, waiting, failed };

struct Judgement {
    Verdict verdict = Verdict::waiting;
    /// Why it failed.
    std::string reason = {};
    bool operator==(const Judgement&) const = default;
};

/// One container's state, seen as a step to readiness, with the restarts since `restarts_before`:
/// the engine counts them for as long as nobody starts it by hand, so the number alone says nothing
/// of now. For a container without a health check `ready` means only that it runs. Pure.
Judgement judge(const WantedService& service, const model::Container& container,
                int restarts_before);

/// Whether a deployment may end with the container like this. One that was left alone may be
/// between two health states. Pure.
bool runs_as_it_should(const WantedService& service, const model::Container& container);

/// How long its health check may take to say healthy, from what it is allowed to.
std::chrono::milliseconds ready_limit(const WantedService& service, std::chrono::milliseconds most);

/// Waits until every container is ready: healthy by its health check; without one, its ingress
/// port accepts connections and it stays up for the settle time; one that ends by itself, ended
/// with 0. When one fails, its health outputs and last lines go into the transcript's error.
runtime::Task<> wait_until_ready(const Operation& operation, const WantedService& service,
                                 std::vector<std::string> ids);

/// Whether one of the containers runs and accepts connections on every ingress port, now.
runtime::Task<bool> any_accepts(const Operation& operation, const WantedService& service,
                                std::vector<std::string> ids);

}  // namespace itsup::deploy
