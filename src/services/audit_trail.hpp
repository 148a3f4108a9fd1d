#pragma once

#include <base/clock.hpp>
#include <base/error.hpp>
#include <runtime/task.hpp>
#include <store/audit.hpp>

#include <string>

namespace itsup::services {

/// What is known of an action before it is done.
struct AuditSubject {
    std::string actor;
    std::string verb;
    std::string project;
    std::string request_id;
    std::string remote;
};

/// Every mutation is written down before it is done and closed with its result. When it cannot be
/// written, it is not done (fail closed).
class AuditTrail {
  public:
    AuditTrail(store::Audit& store, const base::Clock& clock) : store_(store), clock_(clock) {}

    runtime::Task<store::AuditEntry> open(AuditSubject subject);
    runtime::Task<> succeeded(store::AuditEntry entry, std::string target);
    runtime::Task<> failed(store::AuditEntry entry, base::Error error);

  private:
    store::Audit& store_;
    const base::Clock& clock_;
};

}  // namespace itsup::services
