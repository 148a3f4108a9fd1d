#include <base/id.hpp>
#include <services/audit_trail.hpp>

#include <utility>

namespace itsup::services {

runtime::Task<store::AuditEntry> AuditTrail::open(AuditSubject subject) {
    const auto now = clock_.now();
    store::AuditEntry entry{.id = base::make_uuid7(now),
                            .time = now,
                            .actor = std::move(subject.actor),
                            .verb = std::move(subject.verb),
                            .project = std::move(subject.project),
                            .target = {},
                            .request_id = std::move(subject.request_id),
                            .remote = std::move(subject.remote),
                            .result = "open",
                            .message = {}};
    auto written = co_await store_.append(entry);
    if (written.has_error()) {
        co_return std::move(written).error().with_context(
            "the audit record cannot be written, so nothing was done");
    }
    co_return entry;
}

runtime::Task<> AuditTrail::succeeded(store::AuditEntry entry, std::string target) {
    entry.result = "ok";
    entry.target = std::move(target);
    co_return co_await store_.close(std::move(entry));
}

runtime::Task<> AuditTrail::failed(store::AuditEntry entry, base::Error error) {
    entry.result = std::string(base::to_string(error.kind));
    entry.message = std::move(error.message);
    co_return co_await store_.close(std::move(entry));
}

}  // namespace itsup::services
