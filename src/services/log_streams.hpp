#pragma once

#include <access/permission.hpp>
#include <live/log_hub.hpp>
#include <runtime/task.hpp>
#include <services/catalog.hpp>

#include <memory>

namespace itsup::services {

/// Opens the logs of a project or of the dns or proxy stack.
class LogStreams {
  public:
    LogStreams(const Catalog& catalog, const docker::EngineState& engine, live::LogHub& hub)
        : catalog_(catalog), engine_(engine), hub_(hub) {}

    using View = access::Authorized<access::Permission::view_logs>;

    /// not_found for a name that is neither configured nor has containers, invalid for a service
    /// that it does not have or an expression that is none, unavailable while the engine is away.
    runtime::Task<std::unique_ptr<live::LogWatch>> open(View authority, live::LogRequest request);

  private:
    base::Result<> check(const live::LogRequest& request) const;

    const Catalog& catalog_;
    const docker::EngineState& engine_;
    live::LogHub& hub_;
};

}  // namespace itsup::services
