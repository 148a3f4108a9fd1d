#pragma once
// docker/: the Docker Engine over its unix socket: typed calls, typed streams, and the one snapshot
// of all containers that everybody reads (engine_state.hpp). It knows nothing of routes, compose
// files or deployments, and it never guesses: a call succeeds, or says why not.

#include <docker/engine_types.hpp>
#include <docker/stream.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace itsup::docker {

/// Does an answer about one container say that there is none any more? The engine answers conflict
/// while it removes one.
inline bool is_gone(const base::Error& error) {
    return error.kind == base::ErrorKind::not_found || error.kind == base::ErrorKind::conflict;
}

/// The Docker Engine. Every call has a deadline of its own. Errors: `unavailable` when the engine
/// does not answer, `timed_out`, `not_found`, `conflict`, `invalid` (a name that cannot be one),
/// else `unavailable` with the engine's own message. Tests derive a fake (docker/fake_engine.hpp).
class Engine {
  public:
    template <class T = void>
    using Task = runtime::Task<T>;

    virtual ~Engine() = default;

    virtual Task<> ping() = 0;
    virtual Task<EngineVersion> version() = 0;

    /// Summaries: no exit time, restart count or tty (inspect has them).
    virtual Task<std::vector<model::Container>> list_containers(ContainerQuery query) = 0;
    virtual Task<ContainerDetails> inspect_container(std::string id) = 0;
    /// Starting what runs and stopping what does not are no errors.
    virtual Task<> start_container(std::string id) = 0;
    /// Waits until it has stopped: SIGTERM, then SIGKILL after `grace` (nullopt: the container's
    /// own).
    virtual Task<> stop_container(std::string id, std::optional<std::chrono::seconds> grace) = 0;
    virtual Task<> restart_container(std::string id, std::optional<std::chrono::seconds> grace) = 0;
    virtual Task<> kill_container(std::string id, std::string signal) = 0;
    virtual Task<> remove_container(std::string id, Force force, RemoveVolumes volumes) = 0;

    virtual Task<ImageDetails> inspect_image(std::string reference) = 0;

    virtual Task<NetworkDetails> inspect_network(std::string name) = 0;
    virtual Task<std::string> create_network(NetworkSpec spec) = 0;
    virtual Task<> remove_network(std::string name) = 0;

    /// Raw bytes as the engine sends them; frame_decoder.hpp and log_decoder.hpp read them.
    virtual Task<std::unique_ptr<ByteStream>> open_logs(LogQuery query) = 0;
    /// Container events from `since` (nullopt: from now) on, without the noise of exec.
    virtual Task<std::unique_ptr<Stream<EngineEvent>>> open_events(
        std::optional<base::Timestamp> since) = 0;
    /// About one sample a second.
    virtual Task<std::unique_ptr<Stream<StatsSample>>> open_stats(std::string id) = 0;
};

}  // namespace itsup::docker
