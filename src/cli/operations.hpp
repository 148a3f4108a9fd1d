#pragma once
// What a command may do to the host. With a daemon, it does it (daemon_operations.hpp); without
// one, this process does (bin/local_operations.hpp): a host whose daemon is down can still be
// repaired.

#include <model/deployment.hpp>
#include <runtime/task.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <string>
#include <vector>

namespace itsup::cli {

/// One event of a text/event-stream.
struct ServerEvent {
    std::string event;
    std::string data;
};
/// False: no more, please.
using EventSink = std::function<bool(const ServerEvent&)>;

struct StackOrder {
    /// A project, an orphan, `dns` or `proxy`.
    std::string name;
    model::DeploymentAction action = model::DeploymentAction::deploy;
    std::vector<std::string> services = {};
    bool force = false;
    bool pull = true;
};

class HostOperations {
  public:
    virtual ~HostOperations() = default;

    /// Starts a deployment and gives its events until its end.
    virtual runtime::Task<> carry_out(StackOrder order, EventSink sink) = 0;
    /// As `GET /stacks` and `GET /projects` list them.
    virtual runtime::Task<boost::json::array> stacks() = 0;
    virtual runtime::Task<boost::json::array> projects() = 0;
    /// As `GET /projects/{name}/plan` answers.
    virtual runtime::Task<boost::json::value> plan(std::string project) = 0;
    /// Before it dies.
    virtual runtime::Task<> close() = 0;
};

}  // namespace itsup::cli
